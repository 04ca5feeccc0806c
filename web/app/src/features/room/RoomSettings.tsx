import type { Room } from 'chat-client';
import { useChat, useClient, useRoomState } from 'chat-client/react';
import { type FormEvent, useState } from 'react';
import { useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import { Check, Field, Select } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { useGo } from '../../ui/useBack.ts';
import { Restrictions } from './Restrictions.tsx';

const PAUSES = [0, 5, 15, 30, 60, 300, 900];

export default function RoomSettings({ room, onClose }: { room: Room; onClose: () => void }) {
  const texts = useText();
  const said = useSaid(roomSettings);
  const client = useChat();
  const go = useGo();
  const admin = useClient((state) => state.admin);
  const before = useRoomState(room, (state) => state);
  const [roomName, setName] = useState(before.roomName);
  const [topic, setTopic] = useState(before.topic ?? '');
  const [archived, setArchived] = useState(before.archived);
  const [pause, setPause] = useState(String(before.slowModeMs ?? 0));
  const [isRemoving, setRemoving] = useState(false);
  const save = useAction(async () => {
    const changes = {
      roomName: roomName.trim() === before.roomName ? undefined : roomName.trim(),
      topic: topic.trim() === (before.topic ?? '') ? undefined : topic.trim(),
      archived: archived === before.archived ? undefined : archived,
      slowModeMs: Number(pause) === (before.slowModeMs ?? 0) ? undefined : Number(pause),
    };
    if (Object.values(changes).some((change) => change !== undefined)) await client.rest.changeRoom(room.roomId, changes);
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save.run();
  };
  const pauses = Object.fromEntries(
    PAUSES.map((seconds) => [
      String(seconds * 1000),
      seconds === 0 ? said.slowOff : seconds < 60 ? texts.settings.seconds(seconds) : texts.settings.minutes(seconds / 60),
    ]),
  );
  const mayChange = admin || before.role === 'owner';
  return (
    <Dialog title={texts.room.settings} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={said.name}
          required
          maxBytes={64}
          value={roomName}
          disabled={!mayChange}
          onChange={(event) => setName(event.target.value)}
        />
        <Field label={said.topic} maxLength={200} value={topic} disabled={!mayChange} onChange={(event) => setTopic(event.target.value)} />
        <Select label={said.slow} hint={said.slowText} value={pause} disabled={!mayChange} onPick={setPause} choices={pauses} />
        <Check label={said.archive} hint={said.archiveText} checked={archived} disabled={!mayChange} onPick={setArchived} />
        <ErrorNote error={save.error} />
        {mayChange ? (
          <div className="flex flex-wrap items-center justify-between gap-2">
            <Button kind="quietDanger" onClick={() => setRemoving(true)}>
              {said.remove}
            </Button>
            <Button kind="main" type="submit" busy={save.busy}>
              {texts.save}
            </Button>
          </div>
        ) : (
          <p className="text-sm text-soft">{said.ownersOnly}</p>
        )}
      </form>
      <Restrictions room={room} />
      {isRemoving && (
        <Confirm
          title={said.removeSure(before.roomName)}
          text={said.removeText}
          action={said.remove}
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await client.rest.deleteRoom(room.roomId);
            go('/');
          }}
        />
      )}
    </Dialog>
  );
}

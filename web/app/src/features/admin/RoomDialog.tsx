import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { RoomView } from 'chat-client';
import { useChat, useRooms } from 'chat-client/react';
import { useState } from 'react';
import { whole } from '../../lib/time.ts';
import { administration } from '../../text/administration.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm, Dialog } from '../../ui/Dialog.tsx';
import { ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { useGo } from '../../ui/useBack.ts';

/** What there is to know of a room, and what an administrator may do with it. */
export function RoomDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const said = useSaid(administration);
  const { rest } = useChat();
  const room = useQuery({ queryKey: ['listed', 'room', roomId], queryFn: () => rest.room(roomId), retry: false });
  return (
    <Dialog title={room.data?.roomName ?? said.rooms} onClose={onClose}>
      {room.isPending && <Skeleton rows={2} />}
      <ErrorNote error={room.error} />
      {room.data && <Facts room={room.data} />}
      {room.data && <Actions room={room.data} onClose={onClose} />}
    </Dialog>
  );
}

function Facts({ room: { roomId, kind, topic, memberCount, archived, createdAt, activeAt } }: { room: RoomView }) {
  const texts = useText();
  const said = useSaid(administration);
  const settings = useSaid(roomSettings);
  const language = useLanguage();
  const facts: [string, string | false | undefined][] = [
    [
      texts.rooms.kind,
      [kind === 'private' ? texts.rooms.private : texts.rooms.public, archived && settings.archive].filter(Boolean).join(' · '),
    ],
    [settings.topic, topic],
    [texts.room.members, texts.rooms.members(memberCount)],
    [said.made, whole(createdAt, language)],
    [said.lastWritten, activeAt !== createdAt && whole(activeAt, language)],
    [said.roomId, roomId],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-sm">
      {facts.map(
        ([label, fact]) =>
          fact && (
            <div key={label} className="contents">
              <dt className="text-soft">{label}</dt>
              <dd className="min-w-0 wrap-anywhere">{fact}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Actions({ room: { roomId, roomName, archived }, onClose }: { room: RoomView; onClose: () => void }) {
  const texts = useText();
  const said = useSaid(administration);
  const settings = useSaid(roomSettings);
  const client = useChat();
  const queries = useQueryClient();
  const go = useGo();
  const [isRemoving, setRemoving] = useState(false);
  const isMine = useRooms().some((mine) => mine.roomId === roomId);
  const again = () => queries.invalidateQueries({ queryKey: ['listed'] });
  const open = useAction(async () => {
    if (!isMine) await client.join(roomId);
    go(`/room/${encodeURIComponent(roomId)}`);
  });
  const archive = useAction(() => client.rest.changeRoom(roomId, { archived: !archived }).then(again));
  return (
    <div className="mt-6 flex flex-col gap-3">
      <Button busy={open.busy} onClick={open.run}>
        {isMine ? texts.rooms.open : said.join}
      </Button>
      {!isMine && <p className="text-sm text-soft">{said.joinText}</p>}
      <Button busy={archive.busy} onClick={archive.run}>
        {archived ? said.unarchive : said.archive}
      </Button>
      <Button kind="quietDanger" onClick={() => setRemoving(true)}>
        {settings.remove}
      </Button>
      <ErrorNote error={open.error ?? archive.error} />
      {isRemoving && (
        <Confirm
          title={settings.removeSure(roomName)}
          text={settings.removeText}
          action={settings.remove}
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await client.rest.deleteRoom(roomId);
            onClose();
            await again();
          }}
        />
      )}
    </div>
  );
}

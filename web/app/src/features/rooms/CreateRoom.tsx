import { useChat } from 'chat-client/react';
import { type FormEvent, useId, useState } from 'react';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';
import { useGo } from '../../ui/useBack.ts';

type Kind = 'public' | 'private';

export default function CreateRoom({ onClose }: { onClose: () => void }) {
  const texts = useText();
  const client = useChat();
  const go = useGo();
  const [kind, setKind] = useState<Kind>('private');
  const [roomName, setName] = useState('');
  const [topic, setTopic] = useState('');
  const make = useAction(async () => {
    const { roomId } = await client.rest.createRoom({ roomName: roomName.trim(), kind });
    // Guests do not join what they make.
    await client.join(roomId);
    if (topic.trim()) await client.rest.changeRoom(roomId, { topic: topic.trim() }).catch(() => undefined);
    onClose();
    go(`/room/${encodeURIComponent(roomId)}`);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make.run();
  };
  return (
    <Dialog title={texts.rooms.create} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={texts.rooms.name} required maxBytes={64} value={roomName} onChange={(event) => setName(event.target.value)} />
        <Field label={texts.rooms.topic} maxLength={200} value={topic} onChange={(event) => setTopic(event.target.value)} />
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1.5 text-sm font-medium text-soft">{texts.rooms.kind}</legend>
          <Choice value="private" picked={kind} onPick={setKind} title={texts.rooms.private} text={texts.rooms.privateText} />
          <Choice value="public" picked={kind} onPick={setKind} title={texts.rooms.public} text={texts.rooms.publicText} />
        </fieldset>
        <ErrorNote error={make.error} />
        <Button kind="main" type="submit" busy={make.busy} className="self-end">
          {texts.rooms.make}
        </Button>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  value: Kind;
  picked: Kind;
  onPick: (kind: Kind) => void;
  title: string;
  text: string;
}

function Choice({ value, picked, onPick, title, text }: ChoiceProps) {
  const id = useId();
  return (
    <label className="flex items-start gap-3 rounded-2xl border border-line bg-raised p-3.5 has-checked:border-accent has-checked:bg-tint">
      <input
        type="radio"
        name="kind"
        checked={picked === value}
        onChange={() => onPick(value)}
        aria-describedby={id}
        className="mt-1 size-4 accent-accent"
      />
      <span className="flex-1">
        <span className="font-medium">{title}</span>
        <span id={id} className="block text-sm text-soft">
          {text}
        </span>
      </span>
      <Icon name={value === 'private' ? 'lock' : 'hash'} className="size-5 text-soft" />
    </label>
  );
}

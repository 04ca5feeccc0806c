import type { Room, UserView } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useState } from 'react';
import { usePeople } from '../../lib/usePeople.ts';
import { useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

const MOST = 5;

export function InviteByName({ room }: { room: Room }) {
  const texts = useText();
  const said = useSaid(roomSettings);
  const client = useChat();
  const [text, setText] = useState('');
  const [invited, setInvited] = useState('');
  const { people, error } = usePeople(text);
  const invite = useAction(async (user: UserView) => {
    await client.rest.addMember(room.roomId, user.userId);
    setInvited(texts.settings.invited(user.username));
    setText('');
  });
  return (
    <section className="flex flex-col gap-3">
      <h3 className="font-semibold">{said.byName}</h3>
      <Field
        label={texts.people.find}
        bare
        placeholder={texts.people.find}
        type="search"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ul className="flex flex-col gap-2">
        {people?.slice(0, MOST).map((user) => (
          <li key={user.userId} className="flex items-center gap-3">
            <Avatar id={user.userId} name={user.username} size="small" />
            <span className="min-w-0 flex-1 truncate">{user.username}</span>
            <Button busy={invite.busy} onClick={() => invite.run(user)}>
              {said.inviteThem}
            </Button>
          </li>
        ))}
      </ul>
      <p role="status" className="text-sm text-accent">
        {invited}
      </p>
      <ErrorNote error={invite.error ?? error} />
    </section>
  );
}

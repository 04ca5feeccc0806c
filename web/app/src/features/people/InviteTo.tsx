import type { Room, UserView } from 'chat-client';
import { useChat, useClient } from 'chat-client/react';
import { useState } from 'react';
import { useRoomName } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Invites a person to one of one's own private rooms. */
export function InviteTo({ user }: { user: UserView }) {
  const texts = useText();
  const client = useChat();
  const rooms = useClient((state) => state.rooms);
  const [invited, setInvited] = useState<string[]>([]);
  const invite = useAction(async (room: Room) => {
    await client.rest.addMember(room.roomId, user.userId);
    setInvited((before) => [...before, room.roomId]);
  });
  const mine = rooms.filter((room) => {
    const { kind, role, archived } = room.state.get();
    return kind === 'private' && !archived && (role === 'owner' || role === 'moderator');
  });
  return (
    <section aria-label={texts.people.inviteTo(user.username)} className="mt-3 flex flex-col gap-2">
      {mine.length === 0 && <p className="text-sm text-soft">{texts.people.inviteNowhere}</p>}
      <ul className="flex flex-wrap gap-2">
        {mine.map((room) => (
          <li key={room.roomId}>
            <Button busy={invite.busy} disabled={invited.includes(room.roomId)} onClick={() => invite.run(room)}>
              <Name room={room} />
            </Button>
          </li>
        ))}
      </ul>
      <p role="status" className="text-sm text-accent">
        {invited.length > 0 && texts.settings.invited(user.username)}
      </p>
      <ErrorNote error={invite.error} />
    </section>
  );
}

const Name = ({ room }: { room: Room }) => useRoomName(room);

import type { Room, UserView } from 'chat-client';
import { useChat, useClient, useRoomState } from 'chat-client/react';
import { useEffect, useId, useState } from 'react';
import { useRoomName } from '../../lib/rooms.ts';
import { useSaid, useText } from '../../text/index.ts';
import { people as words } from '../../text/people.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Invites a person to one of one's own private rooms. */
export function InviteTo({ user }: { user: UserView }) {
  const texts = useText();
  const said = useSaid(words);
  const client = useChat();
  const id = useId();
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
    <section aria-labelledby={id} className="mt-3 flex flex-col gap-2">
      <h2 id={id} className="font-medium">
        {said.inviteTo(user.username)}
      </h2>
      {mine.length === 0 && <p className="text-sm text-soft">{said.inviteNowhere}</p>}
      <ul className="flex flex-wrap gap-2">
        {mine.map((room) => (
          <li key={room.roomId}>
            <Choice room={room} user={user} busy={invite.busy} isInvited={invited.includes(room.roomId)} onPick={() => invite.run(room)} />
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

interface ChoiceProps {
  room: Room;
  user: UserView;
  busy: boolean;
  isInvited: boolean;
  onPick: () => void;
}

/** A room to invite to, unless it is known that they are in it. */
function Choice({ room, user, busy, isInvited, onPick }: ChoiceProps) {
  const said = useSaid(words);
  const name = useRoomName(room);
  const isIn = useRoomState(room, ({ members }) => members.some(({ userId }) => userId === user.userId));
  useEffect(() => void room.loadMembers(), [room]);
  return (
    <Button busy={busy} disabled={isIn || isInvited} onClick={onPick}>
      {isIn ? `${name} · ${said.isIn}` : name}
    </Button>
  );
}

import type { RoomView } from 'chat-client';
import { useChat, useClient } from 'chat-client/react';
import { useEffect, useId, useState } from 'react';
import { type Invited, nameOfUser } from '../../lib/invited.ts';
import { iconOf } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useAction } from '../../ui/useAction.ts';
import { useGo } from '../../ui/useBack.ts';

interface Props {
  invitations: readonly Invited[];
  onDismiss: (invited: Invited) => void;
}

export default function InvitationList({ invitations, onDismiss }: Props) {
  const { invite } = useText();
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-2">
      <h2 id={id} className="px-3 py-1.5 text-xs font-semibold text-faint">
        {invite.list}
      </h2>
      <Rows label={invite.list} className="flex flex-col gap-2 px-1">
        {invitations.map((invited) => (
          <Invitation key={invited.roomId} invited={invited} onDismiss={() => onDismiss(invited)} />
        ))}
      </Rows>
    </section>
  );
}

function Invitation({ invited, onDismiss }: { invited: Invited; onDismiss: () => void }) {
  const { roomId, by } = invited;
  const texts = useText();
  const client = useChat();
  const go = useGo();
  const id = useId();
  const [room, setRoom] = useState<RoomView>();
  // Which room it is, the server tells those who are invited.
  useEffect(() => {
    client.rest.room(roomId).then(setRoom, () => undefined);
  }, [client, roomId]);
  const name = useClient(() => nameOfUser(client, by));
  const join = useAction(async () => {
    await client.join(roomId);
    go(`/room/${encodeURIComponent(roomId)}`);
  });
  return (
    <li className="rounded-2xl border border-line bg-raised p-3">
      <p id={id} className="flex items-start gap-2">
        <Icon name={iconOf(room?.kind ?? 'private')} className="mt-0.5 size-4.5 text-accent" />
        {texts.invite.from(name, room?.roomName)}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button kind="main" busy={join.busy} onClick={join.run} aria-describedby={id}>
          {texts.rooms.join}
        </Button>
        <Button kind="quiet" onClick={onDismiss} aria-describedby={id}>
          {texts.invite.dismiss}
        </Button>
      </div>
      <ErrorNote error={join.error} />
    </li>
  );
}

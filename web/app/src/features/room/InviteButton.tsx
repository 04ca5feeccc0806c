import type { Room } from 'chat-client';
import { Suspense, useState } from 'react';
import { withQueries } from '../../lib/withQueries.tsx';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';

export const Invite = withQueries(() => import('./Invite.tsx'));

/** Where nobody has said anything yet, there may be nobody to hear it. */
export function InviteButton({ room }: { room: Room }) {
  const texts = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon="link" onClick={() => setOpen(true)}>
        {texts.room.invite}
      </Button>
      <Suspense>{isOpen && <Invite room={room} onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}

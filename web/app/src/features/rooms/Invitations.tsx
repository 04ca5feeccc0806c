import { lazy, Suspense } from 'react';
import { useInvitations } from '../../lib/useInvitations.ts';
import { useText } from '../../text/index.ts';

/** Few are invited, so this comes when somebody is. */
const InvitationList = lazy(() => import('./InvitationList.tsx'));

/** Rooms to which one is invited by name. */
export function Invitations() {
  const texts = useText();
  const { invitations, dismiss } = useInvitations();
  const isAny = invitations.length > 0;
  return (
    <>
      <p role="status" className="sr-only">
        {isAny && texts.invite.many(invitations.length)}
      </p>
      <Suspense>{isAny && <InvitationList invitations={invitations} onDismiss={dismiss} />}</Suspense>
    </>
  );
}

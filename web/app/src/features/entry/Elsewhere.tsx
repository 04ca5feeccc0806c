import { ChatError } from 'chat-client';
import { useClient } from 'chat-client/react';
import { Link } from 'react-router';
import { entry } from '../../text/entry.ts';
import { useSaid, useText } from '../../text/index.ts';

/** Whether a link that is good once is good no more. */
export const isSpent = (error: Error | undefined): boolean => error instanceof ChatError && error.code === 'link-not-found';

/** Where one goes from a form that one does not need: to log in, or to one's rooms. */
export function Elsewhere() {
  const texts = useText();
  const ways = useSaid(entry);
  const me = useClient((state) => state.me);
  return (
    <p className="mt-4">
      {me && `${ways.loggedInAs(me.username)} `}
      <Link to={me ? '/' : '/login'} className="text-accent underline underline-offset-2">
        {me ? texts.nothingAt.home : ways.toLogin}
      </Link>
    </p>
  );
}

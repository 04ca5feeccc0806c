import { ChatError } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { back, wanted, wasBegun } from '../../lib/signIn.ts';
import { entry } from '../../text/entry.ts';
import { useSaid } from '../../text/index.ts';
import { ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { Frame } from './Frame.tsx';
import { ProviderLink } from './ProviderLink.tsx';

/** Where a browser comes back to from a provider. What it brings is of use once, so it is taken out of the address first. */
export default function SignedIn() {
  const ways = useSaid(entry);
  const client = useChat();
  const navigate = useNavigate();
  const { hash, search } = useLocation();
  const isBegun = useRef(false);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    // What is redeemed twice ends the session.
    if (isBegun.current) return;
    isBegun.current = true;
    const brought = back(hash);
    const come = async () => {
      history.replaceState(history.state, '', location.pathname + location.search);
      if (brought && 'error' in brought) throw new ChatError({ code: brought.error, message: '' });
      if (brought && !wasBegun()) throw new ChatError({ code: 'sign-in-failed', message: '' });
      if (brought) client.enter(await client.rest.redeemSignIn(brought.token));
      // An address with nothing behind the `#` was loaded again.
      navigate(brought ? wanted(search) : '/', { replace: true });
    };
    come().catch(setError);
  }, [client, navigate, hash, search]);
  if (!error) return <Skeleton />;
  return (
    <Frame>
      <h2 className="text-xl font-semibold tracking-tight">{ways.notSignedIn}</h2>
      <ErrorNote error={error} />
      <ProviderLink to={wanted(search)} />
      <Link to="/login" className="mt-4 inline-block text-accent underline underline-offset-2">
        {ways.toLogin}
      </Link>
    </Frame>
  );
}

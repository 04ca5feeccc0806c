import { useClient } from 'chat-client/react';
import { Tabs } from 'radix-ui';
import { useEffect, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { entry } from '../../text/entry.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Frame } from './Frame.tsx';
import { GuestForm, LoginForm, RegisterForm } from './forms.tsx';
import { ProviderLink } from './ProviderLink.tsx';

const WAYS = ['guest', 'login', 'register'] as const;

/** How one comes in. After that one is where one wanted to go. */
export default function Entry() {
  const texts = useText();
  const ways = useSaid(entry);
  const me = useClient((state) => state.me);
  const ended = useClient((state) => state.ended);
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const isOwn = pathname === '/login' || pathname === '/register';
  // A guest may have come for an account, and is a guest until there is one.
  const [guest] = useState(() => (me && !me.refreshToken ? me : undefined));
  const isThere = me !== null && (me.refreshToken !== undefined || me.userId !== guest?.userId);
  useEffect(() => {
    document.title = texts.app;
    if (isThere && isOwn) navigate('/', { replace: true });
  }, [isThere, isOwn, navigate, texts]);
  const to = isOwn ? '/' : pathname;
  // To which room an invitation leads, the server says once one has a name.
  const toWhat = { room: ways.toRoom, invite: ways.toInvitation }[pathname.split('/')[1] as string];
  const wasUser = ended && ended !== 'username-taken' && ended !== 'deleted';
  const first = pathname === '/register' ? 'register' : pathname === '/login' || wasUser ? 'login' : 'guest';
  return (
    <Frame>
      {toWhat && !ended && <p className="mb-4 rounded-xl bg-tint px-3.5 py-2.5 text-sm">{toWhat}</p>}
      {guest && me && (
        <div className="mb-4 flex flex-col items-start gap-2 rounded-xl bg-tint px-3.5 py-2.5 text-sm">
          <p>{ways.asGuest(guest.username)}</p>
          <Link to="/" className="rounded-lg py-1 font-semibold text-accent underline underline-offset-2">
            {ways.stayGuest}
          </Link>
        </div>
      )}
      {/* Whoever makes an account with the name that they had as a guest takes it from themselves. */}
      {ended && !(guest && ended === 'username-taken') && (
        <p role="status" className="mb-4 rounded-xl bg-tint px-3.5 py-2.5 text-sm">
          {ways.ended[ended]}
        </p>
      )}
      {/* What one ended by may come after one is here: the forms begin anew with it. */}
      <Tabs.Root key={ended} defaultValue={first}>
        <Tabs.List aria-label={texts.app} className={`mb-5 grid gap-1 rounded-2xl bg-ground p-1 ${guest ? 'grid-cols-2' : 'grid-cols-3'}`}>
          {(guest ? WAYS.slice(1) : WAYS).map((tab) => (
            <Tabs.Trigger
              key={tab}
              value={tab}
              className="min-h-10 rounded-xl px-1.5 text-sm font-medium text-soft data-[state=active]:bg-raised data-[state=active]:text-ink data-[state=active]:shadow-[0_1px_3px_var(--shadow)]"
            >
              {ways[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="guest" tabIndex={-1}>
          <GuestForm />
        </Tabs.Content>
        <Tabs.Content value="login" tabIndex={-1}>
          <LoginForm />
          <ProviderLink to={to} />
        </Tabs.Content>
        <Tabs.Content value="register" tabIndex={-1}>
          <RegisterForm />
          <ProviderLink to={to} />
        </Tabs.Content>
      </Tabs.Root>
    </Frame>
  );
}

import { useClient } from 'chat-client/react';
import { Tabs } from 'radix-ui';
import { useEffect } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useText } from '../../text/index.ts';
import { Frame } from './Frame.tsx';
import { GuestForm, LoginForm, RegisterForm } from './forms.tsx';
import { ProviderLink } from './ProviderLink.tsx';

/** How one comes in. After that one is where one wanted to go. */
export default function Entry() {
  const texts = useText();
  const me = useClient((state) => state.me);
  const ended = useClient((state) => state.ended);
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const isOwn = pathname === '/login' || pathname === '/register';
  useEffect(() => {
    document.title = texts.app;
    if (me && isOwn) navigate('/', { replace: true });
  }, [me, isOwn, navigate, texts]);
  const to = isOwn ? '/' : pathname;
  const isInvited = /^\/(room|invite)\//.test(pathname);
  const wasUser = ended && ended !== 'username-taken';
  const first = pathname === '/register' ? 'register' : pathname === '/login' || wasUser ? 'login' : 'guest';
  return (
    <Frame>
      {isInvited && !ended && <p className="mb-4 rounded-xl bg-tint px-3.5 py-2.5 text-sm">{texts.entry.toRoom}</p>}
      {/* A guest who makes an account has left for that. */}
      {ended && !(ended === 'logged-out' && pathname === '/register') && (
        <p role="status" className="mb-4 rounded-xl bg-tint px-3.5 py-2.5 text-sm">
          {texts.entry.ended[ended]}
        </p>
      )}
      <Tabs.Root defaultValue={first}>
        <Tabs.List aria-label={texts.app} className="mb-5 grid grid-cols-3 gap-1 rounded-2xl bg-ground p-1">
          {(['guest', 'login', 'register'] as const).map((tab) => (
            <Tabs.Trigger
              key={tab}
              value={tab}
              className="min-h-10 rounded-xl px-1.5 text-sm font-medium text-soft data-[state=active]:bg-raised data-[state=active]:text-ink data-[state=active]:shadow-[0_1px_3px_var(--shadow)]"
            >
              {texts.entry[tab]}
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

import { useClient } from 'chat-client/react';
import { NavLink } from 'react-router';
import { useText } from '../text/index.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';

export function Foot() {
  const texts = useText();
  const me = useClient((state) => state.me);
  const admin = useClient((state) => state.admin);
  if (!me) return null;
  return (
    <nav
      aria-label={texts.app}
      className="flex items-center gap-1 border-t border-line px-3 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
    >
      <NavLink
        to="/settings"
        className="flex min-w-0 flex-1 items-center gap-2.5 rounded-xl px-2 py-1.5 hover:bg-hover aria-[current=page]:bg-hover"
      >
        <Avatar id={me.userId} name={me.username} />
        <span className="truncate font-medium">{me.username}</span>
        <span className="sr-only">{texts.account.title}</span>
        {!me.refreshToken && <span className="shrink-0 text-sm text-faint">{texts.guest}</span>}
      </NavLink>
      <Tab to="/rooms" icon="compass" label={texts.rooms.directory} />
      <Tab to="/people" icon="people" label={texts.people.title} />
      {admin && <Tab to="/admin" icon="shield" label={texts.admin.title} />}
    </nav>
  );
}

function Tab({ to, icon, label }: { to: string; icon: IconName; label: string }) {
  return (
    <NavLink
      to={to}
      aria-label={label}
      title={label}
      className="inline-flex size-10 items-center justify-center rounded-xl text-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink"
    >
      <Icon name={icon} />
    </NavLink>
  );
}

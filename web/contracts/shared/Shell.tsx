import { Avatar } from 'chat-app/ui/Avatar.tsx';
import { IconButton } from 'chat-app/ui/Button.tsx';
import { Icon, type IconName } from 'chat-app/ui/Icon.tsx';
import type { ReactNode } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { Problem } from './Notice.tsx';
import { Status } from './Status.tsx';
import type { Connection } from './socket.ts';

interface ShellProps {
  username: string;
  connection: Connection;
  problem: string | undefined;
  onLogOut: () => void;
  /** What is at the side. */
  side: ReactNode;
  /** The conversation that is open. */
  children: ReactNode;
}

/** The conversations, and beside them the one that is open. On a phone it is one or the other. */
export function Shell({ username, connection, problem, onLogOut, side, children }: ShellProps) {
  const isHome = useLocation().pathname === '/';
  return (
    <main className="flex h-dvh flex-col overflow-hidden">
      <Status connection={connection} />
      <div className="flex min-h-0 flex-1">
        <nav className={`${isHome ? 'flex' : 'hidden md:flex'} w-full min-w-0 flex-col md:w-72`} aria-label="Conversations">
          <header className="flex items-center gap-3 px-4 py-3">
            <Avatar id={username} name={username} />
            <h1 className="min-w-0 flex-1 truncate font-semibold">{username}</h1>
            <IconButton icon="leave" label="Log out" onClick={onLogOut} />
          </header>
          <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-4 pt-1 pb-6">
            <Problem text={isHome ? problem : undefined} />
            {side}
          </div>
        </nav>
        <div
          className={`${isHome ? 'hidden md:flex' : 'flex'} min-w-0 flex-1 flex-col bg-surface md:my-2 md:mr-2 md:overflow-hidden md:rounded-3xl md:border md:border-line`}
        >
          {problem && !isHome && (
            <div className="px-4 pt-3">
              <Problem text={problem} />
            </div>
          )}
          {children}
        </div>
      </div>
    </main>
  );
}

/** A part of the side: what it has, and how there is more of it. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h2 className="text-sm font-semibold text-soft">{title}</h2>
      {children}
    </section>
  );
}

export interface Item {
  to: string;
  title: string;
  icon?: IconName;
  isUnread: boolean;
}

/** A list of conversations. */
export function Items({ label, items, empty }: { label: string; items: readonly Item[]; empty: string }) {
  if (items.length === 0) return <p className="text-sm text-faint">{empty}</p>;
  return (
    <ul aria-label={label} className="flex flex-col gap-0.5">
      {items.map(({ to, title, icon, isUnread }) => (
        <li key={to}>
          <NavLink
            to={to}
            className="-mx-2 flex min-h-11 items-center gap-3 rounded-xl px-2 hover:bg-hover aria-[current=page]:bg-tint aria-[current=page]:font-medium"
          >
            {icon ? (
              <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-[0.65rem] bg-hover text-soft">
                <Icon name={icon} className="size-4" />
              </span>
            ) : (
              <Avatar id={title} name={title} size="small" />
            )}
            <span className={`min-w-0 flex-1 truncate ${isUnread ? 'font-semibold' : ''}`}>{title}</span>
            {isUnread && (
              <span className="size-2.5 shrink-0 rounded-full bg-mark">
                <span className="sr-only">new messages</span>
              </span>
            )}
          </NavLink>
        </li>
      ))}
    </ul>
  );
}

/** Above a conversation: what it is, and the way back where there is no room for the list. */
export function TalkHeading({ title, about, children }: { title: string; about?: string; children?: ReactNode }) {
  return (
    <header className="flex items-center gap-2 border-b border-line px-3 py-2.5 sm:px-5">
      <Link
        to="/"
        aria-label="Back to the list"
        className="inline-flex size-10 shrink-0 items-center justify-center rounded-xl text-soft hover:bg-hover hover:text-ink md:hidden"
      >
        <Icon name="back" />
      </Link>
      <div className="min-w-0 flex-1">
        <h1 className="truncate text-lg leading-tight font-semibold tracking-tight">{title}</h1>
        {about && <p className="truncate text-sm text-soft">{about}</p>}
      </div>
      {children}
    </header>
  );
}

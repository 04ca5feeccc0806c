import { useInfiniteQuery } from '@tanstack/react-query';
import type { RestrictedView, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { whole } from '../../lib/time.ts';
import { useLanguage, useSaid, useText } from '../../text/index.ts';
import { roomSettings } from '../../text/roomSettings.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useAction } from '../../ui/useAction.ts';

/** The server gives so many at one time. */
const PAGE = 50;

/** Who is banned from a room, and who is muted there: for its moderators. */
export function Restrictions({ room }: { room: Room }) {
  const { rest } = useChat();
  const said = useSaid(roomSettings);
  const { roomId } = room;
  return (
    <>
      <List
        of={`bans ${roomId}`}
        {...{ title: said.banned, none: said.noneBanned, button: said.liftBan, action: said.unban }}
        load={(after) => rest.bans(roomId, after)}
        lift={(userId) => rest.unban(roomId, userId)}
      />
      <List
        of={`mutes ${roomId}`}
        {...{ title: said.muted, none: said.noneMuted, button: said.liftMute, action: said.unmute }}
        load={(after) => rest.mutes(roomId, after)}
        lift={(userId) => rest.unmute(roomId, userId)}
      />
    </>
  );
}

interface ListProps {
  of: string;
  title: string;
  none: string;
  /** What its button says, and what it says of somebody. */
  button: string;
  action: (name: string) => string;
  load: (after?: string) => Promise<RestrictedView[]>;
  lift: (userId: string) => Promise<unknown>;
}

function List({ of, title, none, button, action, load, lift }: ListProps) {
  const query = useInfiniteQuery({
    queryKey: [of],
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.userId),
    retry: false,
    // What others have changed meanwhile is there when it is looked at again.
    gcTime: 0,
  });
  const users = query.data?.pages.flat() ?? [];
  const lifted = async (userId: string) => {
    await lift(userId);
    await query.refetch();
  };
  return (
    <section className="mt-6 flex flex-col gap-2">
      <h3 className="font-semibold">{title}</h3>
      {query.isPending && <Skeleton rows={1} />}
      {query.isSuccess && users.length === 0 && <p className="text-sm text-soft">{none}</p>}
      <Rows
        label={title}
        className="flex flex-col gap-1"
        more={query.hasNextPage ? () => query.fetchNextPage() : undefined}
        isLoadingMore={query.isFetchingNextPage}
      >
        {users.map((user) => (
          <Restricted key={user.userId} {...{ user, button }} action={action(user.username)} onLift={() => lifted(user.userId)} />
        ))}
      </Rows>
      <ErrorNote error={query.error} />
    </section>
  );
}

interface Props {
  user: RestrictedView;
  button: string;
  action: string;
  onLift: () => Promise<unknown>;
}

function Restricted({ user, button, action, onLift }: Props) {
  const texts = useText();
  const said = useSaid(roomSettings);
  const language = useLanguage();
  const lift = useAction(onLift);
  const details = [
    user.until && texts.settings.until(whole(user.until, language)),
    user.by && said.by(user.by.username),
    user.reason && `“${user.reason}”`,
  ].filter(Boolean);
  return (
    <li className="flex min-h-12 items-center gap-3 rounded-xl border border-line bg-raised py-1.5 pr-2 pl-3 text-sm">
      <Avatar id={user.userId} name={user.username} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{user.username}</span>
        {details.length > 0 && <span className="block truncate text-faint">{details.join(' · ')}</span>}
        <ErrorNote error={lift.error} />
      </span>
      <Button kind="quiet" busy={lift.busy} onClick={lift.run} aria-label={action}>
        {button}
      </Button>
    </li>
  );
}

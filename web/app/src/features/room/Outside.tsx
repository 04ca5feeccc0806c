import { useQuery } from '@tanstack/react-query';
import { ChatError, type Room } from 'chat-client';
import { useChat, useRoomParts } from 'chat-client/react';
import { Link } from 'react-router';
import { called, iconOf } from '../../lib/rooms.ts';
import { useInvitations } from '../../lib/useInvitations.ts';
import { explain, useSaid, useText } from '../../text/index.ts';
import { outside } from '../../text/outside.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, Skeleton } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

/** What the server says of a room that is not there, or not open to one. */
const CLOSED: ReadonlySet<string> = new Set(['room-not-found', 'not-a-member', 'forbidden', 'banned', 'guests-not-allowed']);

/** A room in which one is not, or is not any more. */
export default function Outside({ room }: { room: Room }) {
  const texts = useText();
  const said = useSaid(outside);
  const client = useChat();
  const { ended, roomName: knownName, kind, creatorId } = useRoomParts(room, 'ended', 'roomName', 'kind', 'creatorId');
  const isInvited = useInvitations().invitations.some(({ roomId }) => roomId === room.roomId);
  const query = useQuery({ queryKey: ['room', room.roomId], queryFn: () => client.rest.room(room.roomId), retry: false });
  const join = useAction(() => client.join(room.roomId));
  if (query.isPending) return <Skeleton />;
  const why = isInvited
    ? texts.invite.title
    : ended &&
      {
        // The room may be there: a guest leaves it who was away for long.
        gone: query.data ? said.notMember : said.gone,
        left: said.left,
        kicked: said.kicked(called(ended.by ?? '', texts)),
        banned: said.banned(called(ended.by ?? '', texts)),
      }[ended.how];
  // Rooms that are not open to one are as if they were not there.
  const isClosed = query.error instanceof ChatError && CLOSED.has(query.error.code);
  const isUnknown = query.isError && !isClosed;
  const isMine = creatorId !== undefined && creatorId === client.me();
  // Whoever was in a private room needs another invitation first, unless they made it.
  const isBarred = ended && (ended.how === 'banned' || (isClosed && !isInvited && !(isMine && ended.how !== 'kicked')));
  const isRefused = isClosed && join.error instanceof ChatError && CLOSED.has(join.error.code);
  const canJoin = !isUnknown && !isBarred && !isRefused;
  // Whether one may come in is known of rooms that are open, and of invitations that one was told of.
  const isSure = !isClosed || isInvited || (isMine && ended?.how === 'left');
  return (
    <div className="flex h-full items-center justify-center">
      <Empty
        icon={iconOf(query.data?.kind ?? (isClosed && !ended ? 'private' : kind))}
        title={query.data?.roomName ?? (knownName || said.notMember)}
        text={why ?? query.data?.topic ?? (isClosed ? said.closed : query.error ? explain(texts, query.error) : said.joinText)}
        error={join.error}
      >
        {canJoin && (
          <Button kind={isSure ? 'main' : 'plain'} busy={join.busy} onClick={join.run}>
            {texts.room.join}
          </Button>
        )}
        {isUnknown && (
          <Button kind="main" busy={query.isFetching} onClick={() => void query.refetch()}>
            {texts.tryAgain}
          </Button>
        )}
        <Link to="/" className="rounded-xl bg-raised px-4 py-2.5 font-medium ring-1 ring-line ring-inset hover:bg-hover">
          {texts.nothingAt.home}
        </Link>
      </Empty>
    </div>
  );
}

import { keepPreviousData, useQuery } from '@tanstack/react-query';
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

const saysClosed = (error: unknown) => error instanceof ChatError && CLOSED.has(error.code);
const isBanned = (error: unknown) => error instanceof ChatError && error.code === 'banned';

/** A room in which one is not, or is not any more. */
export default function Outside({ room }: { room: Room }) {
  const texts = useText();
  const said = useSaid(outside);
  const client = useChat();
  const { ended, roomName: knownName, kind } = useRoomParts(room, 'ended', 'roomName', 'kind');
  const invited = useInvitations().invitations.find(({ roomId }) => roomId === room.roomId);
  const query = useQuery({
    // Whoever may join is told of a room that is closed to others: once invited, it is another question.
    queryKey: ['room', room.roomId, invited?.seq],
    queryFn: () => client.rest.room(room.roomId),
    placeholderData: keepPreviousData,
    retry: false,
    // What was so before one came in may be over when one is out again.
    gcTime: 0,
  });
  const join = useAction(() => client.join(room.roomId));
  if (query.isPending) return <Skeleton />;
  const isOpen = query.isSuccess;
  const isClosed = saysClosed(query.error);
  const isUnknown = !isOpen && !isClosed;
  const how = ended?.how;
  const by = called(ended?.by ?? '', texts);
  // An invitation may be known here before the server that answers has read of it.
  const mayTry = invited ? !isUnknown : isOpen && how !== 'banned';
  const canJoin = mayTry && !saysClosed(join.error);
  const why = invited
    ? texts.invite.title
    : how &&
      {
        // The room may be there: a guest leaves it who was away for long.
        gone: canJoin ? said.notMember : said.gone,
        left: canJoin ? said.left : `${said.left} ${said.ask}`,
        kicked: said.kicked(by),
        banned: said.banned(by),
      }[how];
  const about = isOpen ? (query.data.topic ?? said.joinText) : `${said.closed} ${said.ask}`;
  const failed = isUnknown || isBanned(query.error) ? explain(texts, query.error as Error) : undefined;
  return (
    <div className="flex h-full items-center justify-center">
      <Empty
        icon={iconOf(query.data?.kind ?? (isClosed && !how ? 'private' : kind))}
        title={query.data?.roomName ?? (knownName || said.notMember)}
        text={failed ?? why ?? about}
        error={join.error}
      >
        {canJoin && (
          <Button kind="main" busy={join.busy} onClick={join.run}>
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

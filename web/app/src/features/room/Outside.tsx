import { useQuery } from '@tanstack/react-query';
import { ChatError, type Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { Link } from 'react-router';
import { explain, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

/** What the server says of a room that is not there, or not open to one. */
const CLOSED: ReadonlySet<string> = new Set(['room-not-found', 'not-a-member', 'forbidden', 'banned', 'guests-not-allowed']);

/** A room in which one is not, or is not any more. */
export default function Outside({ room }: { room: Room }) {
  const texts = useText();
  const client = useChat();
  const ended = useRoomState(room, (state) => state.ended);
  const knownName = useRoomState(room, (state) => state.roomName);
  const query = useQuery({ queryKey: ['room', room.roomId], queryFn: () => client.rest.room(room.roomId), retry: false });
  const join = useAction(() => client.join(room.roomId));
  if (query.isPending) return <Skeleton />;
  const why =
    ended &&
    {
      gone: texts.room.gone,
      left: texts.room.left,
      kicked: texts.room.kicked(ended.by ?? ''),
      banned: texts.room.banned(ended.by ?? ''),
    }[ended.how];
  // The server tells of public rooms alone. Whoever is invited to another one may join it all the same.
  const isClosed = query.error instanceof ChatError && CLOSED.has(query.error.code);
  const isUnknown = query.isError && !isClosed;
  // Whoever was kicked from a private room needs another invitation first.
  const isShut = ended?.how === 'banned' || (ended?.how === 'kicked' && isClosed);
  const canJoin = !isUnknown && !isShut;
  return (
    <div className="flex h-full items-center justify-center">
      <Empty
        icon="hash"
        title={query.data?.roomName ?? (knownName || texts.room.notMember)}
        text={why ?? query.data?.topic ?? (isClosed ? texts.room.closed : query.error ? explain(texts, query.error) : texts.room.joinText)}
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
        <ErrorNote error={join.error} />
      </Empty>
    </div>
  );
}

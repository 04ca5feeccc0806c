import { useQuery } from '@tanstack/react-query';
import type { Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { Link } from 'react-router';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty, ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

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
  const canJoin = ended?.how !== 'banned';
  return (
    <div className="flex h-full items-center justify-center">
      <Empty
        icon="hash"
        title={query.data?.roomName ?? (knownName || texts.room.notMember)}
        text={why ?? query.data?.topic ?? (query.data ? texts.room.joinText : texts.errors['room-not-found'])}
      >
        {canJoin && (
          <Button kind="main" busy={join.busy} onClick={join.run}>
            {texts.room.join}
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

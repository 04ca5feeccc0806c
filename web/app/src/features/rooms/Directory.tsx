import type { RoomView } from 'chat-client';
import { useChat, useRooms } from 'chat-client/react';
import { lazy, Suspense, useState } from 'react';
import { useNavigate } from 'react-router';
import { useInAddress } from '../../lib/useInAddress.ts';
import { useListed } from '../../lib/useListed.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Empty, ErrorNote, Failed, Skeleton } from '../../ui/notes.tsx';
import { Page } from '../../ui/Page.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { Topic } from '../../ui/Topic.tsx';
import { useAction } from '../../ui/useAction.ts';

const CreateRoom = lazy(() => import('./CreateRoom.tsx'));

/** Public rooms that one may join. */
export default function Directory() {
  const texts = useText();
  const [isMaking, setMaking] = useState(false);
  const [text, setText] = useInAddress('q');
  const { query, search, rooms } = useListed('public', text);
  const isEmpty = query.isSuccess && rooms.length === 0 && !search;
  const make = (
    <Button kind="main" icon="plus" onClick={() => setMaking(true)}>
      {texts.rooms.create}
    </Button>
  );
  return (
    <Page title={texts.rooms.directory} text={texts.rooms.directoryText} action={!isEmpty && make}>
      {query.isPending && <Skeleton />}
      {query.isError && <Failed error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && !isEmpty && (
        <Field label={texts.rooms.find} type="search" autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />
      )}
      <div role="status" className="empty:absolute">
        {query.isSuccess && search && <p className="text-center text-sm text-soft">{texts.rooms.found(rooms.length, query.hasNextPage)}</p>}
      </div>
      {isEmpty && (
        <Empty icon="compass" title={texts.rooms.directoryEmpty}>
          {make}
        </Empty>
      )}
      <Rows
        label={texts.rooms.directory}
        className="grid gap-3 sm:grid-cols-2"
        more={query.hasNextPage ? () => query.fetchNextPage() : undefined}
        isLoadingMore={query.isFetchingNextPage}
      >
        {rooms.map((room) => (
          <Listed key={room.roomId} room={room} />
        ))}
      </Rows>
      <Suspense>{isMaking && <CreateRoom onClose={() => setMaking(false)} />}</Suspense>
    </Page>
  );
}

function Listed({ room }: { room: RoomView }) {
  const texts = useText();
  const client = useChat();
  const navigate = useNavigate();
  const isMine = useRooms().some((mine) => mine.roomId === room.roomId);
  const open = () => navigate(`/room/${encodeURIComponent(room.roomId)}`);
  const join = useAction(async () => {
    await client.join(room.roomId);
    open();
  });
  return (
    <li className="flex flex-col gap-2 rounded-card border border-line bg-raised p-4">
      <div className="flex items-center gap-2">
        <Icon name="hash" className="size-4.5 text-accent" />
        <h2 className="truncate font-semibold">{room.roomName}</h2>
      </div>
      <div className="min-h-6 text-sm text-soft">
        {room.topic && <Topic of={room.roomName} text={room.topic} className="line-clamp-2" />}
      </div>
      <div className="mt-auto flex items-center justify-between gap-2">
        <span className="text-sm text-faint">
          {texts.rooms.members(room.memberCount)}
          {room.archived && ` · ${texts.rooms.archived}`}
        </span>
        {isMine ? (
          <Button onClick={open}>{texts.rooms.open}</Button>
        ) : (
          <Button kind="main" busy={join.busy} onClick={() => join.run()}>
            {texts.rooms.join}
          </Button>
        )}
      </div>
      <ErrorNote error={join.error} />
    </li>
  );
}

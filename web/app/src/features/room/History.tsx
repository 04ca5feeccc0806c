import type { Room } from 'chat-client';
import { useChat, useConnection, useMessages, useRoomState } from 'chat-client/react';
import { type KeyboardEvent, type SyntheticEvent, useCallback, useMemo, useState } from 'react';
import { useRoomName } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Empty, Failed, Skeleton } from '../../ui/notes.tsx';
import { InviteButton } from './InviteButton.tsx';
import type { Task } from './RoomView.tsx';
import { RowView } from './RowView.tsx';
import { beginsAbove, type Row, rowsOf } from './rows.ts';
import { Typing } from './Typing.tsx';
import { useBeginning } from './useBeginning.ts';
import { focusRow, type Target, useHistory } from './useHistory.ts';
import { useMay } from './useMay.ts';
import { useNews } from './useNews.ts';

interface Props {
  room: Room;
  /** What one does with a message at the moment. */
  task: Task | undefined;
  target: Target | undefined;
  onTask: (task: Task) => void;
}

/** The messages. Only those that are looked at are in the document. */
export function History({ room, task, target, onTask }: Props) {
  const texts = useText();
  const me = useChat().me();
  const name = useRoomName(room);
  const beginning = useBeginning(room);
  const may = useMay(room);
  const error = useRoomState(room, (state) => state.error);
  const { messages, pending, complete, loading, loaded, kept } = useMessages(room);
  const { name: connection } = useConnection();
  // Until it is back, what waits to be sent is all there is to show.
  const isOffline = connection === 'offline' || connection === 'waiting' || connection === 'ended';
  const news = useNews(room, loaded);
  const more = loaded && !complete;
  const rows = useMemo(() => rowsOf({ messages, pending, complete, more, news, me }), [messages, pending, complete, more, news, me]);
  const { list, virtualizer, isAtEnd, missed, onward, jump, flashed } = useHistory({
    ...{ room, rows, news, target },
    shown: loaded ? 'loaded' : kept ? 'kept' : 'nothing',
    beginsAbove: beginsAbove({ messages, more, news }),
  });
  const [active, setActive] = useState<string>();
  const activeKey = active ?? rows.findLast((row) => row.kind === 'message')?.key;

  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
      const row = (event.target as HTMLElement).closest('[data-row]');
      if (row !== event.target) return;
      event.preventDefault();
      const next = neighbour(rows, activeKey, event.key === 'ArrowUp' ? -1 : 1);
      if (!next) return;
      setActive(next.key);
      virtualizer.scrollToIndex(rows.indexOf(next), { align: 'auto' });
      requestAnimationFrame(() => focusRow(list.current, next.key));
    },
    [rows, activeKey, virtualizer, list],
  );

  if (!loaded && !kept && !isOffline)
    return (
      <div className="min-h-0 flex-1 overflow-hidden">
        {error ? <Failed error={error} onRetry={() => room.load()} /> : <Skeleton rows={6} />}
      </div>
    );
  const isEmpty = !rows.some((row) => row.kind === 'message' || row.kind === 'pending');
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {kept && isOffline && <p className="border-b border-line bg-mark-tint px-4 py-1.5 text-center text-sm">{texts.room.keptHere}</p>}
      <div
        ref={list}
        role="log"
        aria-live="off"
        aria-label={texts.room.history(name)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={led}
        onFocus={led}
        className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain [overflow-anchor:none] -outline-offset-2"
      >
        {!loaded && !kept && <p className="px-6 pt-10 pb-4 text-center text-soft">{texts.room.notHereYet}</p>}
        {loaded && isEmpty && (
          <Empty icon="edit" title={beginning} text={texts.room.empty}>
            {may.invite && <InviteButton room={room} />}
          </Empty>
        )}
        <div className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          {!isEmpty &&
            virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index] as Row;
              return (
                <div
                  key={row.key}
                  ref={virtualizer.measureElement}
                  data-index={item.index}
                  data-key={row.key}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <RowView
                    {...{ room, row, onTask, jump }}
                    isActive={row.key === activeKey}
                    isFlashed={row.kind === 'message' && row.message.seq === flashed}
                    isInHand={row.kind === 'message' && task?.message.seq === row.message.seq}
                    onActive={setActive}
                  />
                </div>
              );
            })}
        </div>
      </div>
      {/* Over the messages, so that these stay where they are. */}
      {loading && !complete && (
        <p className="pointer-events-none absolute inset-x-0 top-2 z-10 mx-auto w-fit rounded-full border border-line bg-raised px-3 py-1 text-sm text-soft shadow-float">
          {texts.room.older}
        </p>
      )}
      {!isAtEnd && !isEmpty && (
        <button
          type="button"
          onClick={onward}
          className={`absolute right-4 bottom-8 flex min-h-10 animate-rise items-center gap-2 rounded-full border px-3.5 text-sm font-semibold shadow-float ${missed ? 'border-accent bg-accent text-accent-ink' : 'border-line bg-raised text-ink'}`}
        >
          {missed ? texts.room.newBelow(missed) : <span className="sr-only">{texts.room.toNewest}</span>}
          <Icon name="down" className="size-4.5" />
        </button>
      )}
      <Typing room={room} />
    </div>
  );
}

/** Of the message under the pointer and the one with the focus, that has its buttons to which one came last: the style asks for it. */
const led = ({ type, currentTarget }: SyntheticEvent<HTMLElement>) => {
  currentTarget.dataset.led = type === 'focus' ? 'focus' : 'pointer';
};

function neighbour(rows: readonly Row[], key: string | undefined, step: number): Row | undefined {
  for (let at = rows.findIndex((row) => row.key === key) + step; at >= 0 && at < rows.length; at += step) {
    const row = rows[at];
    if (row?.kind === 'message' || row?.kind === 'pending') return row;
  }
  return undefined;
}

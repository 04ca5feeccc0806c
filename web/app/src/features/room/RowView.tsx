import type { Room, WaitingItem } from 'chat-client';
import { useChat, useConnection } from 'chat-client/react';
import { memo, useEffect, useState } from 'react';
import { clock, dayName, dayOf } from '../../lib/time.ts';
import { explain, type Texts, useLanguage, useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { MessageView } from './MessageView.tsx';
import type { Task } from './RoomView.tsx';
import type { Row } from './rows.ts';
import { Text } from './Text.tsx';
import { useBeginning } from './useBeginning.ts';
import { useNames } from './useNames.ts';

export interface RowProps {
  room: Room;
  row: Row;
  isActive: boolean;
  /** It was jumped to. */
  isFlashed: boolean;
  /** Something is done with it at the moment: it is answered, say. */
  isInHand: boolean;
  onActive: (key: string) => void;
  onTask: (task: Task) => void;
  jump: (seq: number) => void;
}

export const RowView = memo(function RowView(props: RowProps) {
  const { row, room } = props;
  switch (row.kind) {
    case 'start':
      return <Start room={room} />;
    case 'day':
      return <Day at={row.at} />;
    case 'unread':
      return <Unread />;
    case 'message':
      return <MessageView {...props} row={row} />;
    case 'pending':
      return <Pending room={room} item={row.item} first={row.first} />;
  }
});

function Start({ room }: { room: Room }) {
  return <p className="px-6 pt-10 pb-4 text-center text-soft">{useBeginning(room)}</p>;
}

function Day({ at }: { at: string }) {
  const texts = useText();
  const language = useLanguage();
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  const day = dayOf(at);
  const name =
    day === new Date().toDateString() ? texts.room.today : day === yesterday.toDateString() ? texts.room.yesterday : dayName(at, language);
  return (
    <div className="flex items-center gap-3 px-5 py-3">
      <span className="h-px flex-1 bg-line" />
      <h2 className="text-xs font-semibold text-soft">{name}</h2>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

function Unread() {
  const texts = useText();
  return (
    <div className="flex items-center gap-3 px-5 py-1.5">
      <span className="h-px flex-1 bg-mark" />
      <span className="text-xs font-semibold text-mark">{texts.room.unread}</span>
    </div>
  );
}

/** A message of one's own that has no ack yet. */
function Pending({ room, item, first }: { room: Room; item: WaitingItem; first: boolean }) {
  const texts = useText();
  const language = useLanguage();
  const { outbox } = useChat();
  const isOnline = useConnection().name === 'online';
  const names = useNames(room, item);
  const isLate = useIsLate(item.at);
  return (
    <article aria-label={item.username} className={`relative flex gap-3 px-4 sm:px-5 ${first ? 'pt-2.5' : 'pt-0.5'} pb-0.5`}>
      <span className="w-9 shrink-0">{first && <Avatar id={item.userId} name={item.username} />}</span>
      <div className="min-w-0 flex-1">
        {first && (
          <p className="flex items-baseline gap-2">
            <span className="truncate font-semibold text-accent">{item.username}</span>
            <span className="text-xs whitespace-nowrap text-faint">{clock(item.at, language)}</span>
          </p>
        )}
        <div className={item.failed ? '' : 'opacity-75'}>
          <Text text={item.message} names={names} />
        </div>
        {item.failed ? (
          <p className="mt-1 flex flex-wrap items-center gap-x-3 text-sm">
            <span className="flex items-center gap-1.5 text-danger">
              <Icon name="warn" className="size-4" />
              {texts.room.notSent} {explain(texts, Object.assign(new Error(item.failed.message), { code: item.failed.code }))}
            </span>
            <span className="flex gap-3 [&>button]:font-semibold [&>button]:underline [&>button]:underline-offset-2">
              <button type="button" onClick={() => outbox.retry(item.clientId)}>
                {texts.room.retry}
              </button>
              <button type="button" onClick={() => outbox.discard(item.clientId)}>
                {texts.room.discard}
              </button>
            </span>
          </p>
        ) : (
          <>
            {/* Most are sent in a moment: the mark takes no place, so that what is above does not move twice. */}
            <Icon name="clock" className="absolute right-4 bottom-1 size-3.5 text-faint sm:right-5" />
            {(isLate || !isOnline) && <p className="pr-6 text-xs text-faint">{statusOf(item, isOnline, texts)}</p>}
          </>
        )}
      </div>
    </article>
  );
}

function statusOf({ kept }: WaitingItem, isOnline: boolean, { room }: Texts): string {
  if (kept === 'soon') return room.saving;
  if (isOnline) return room.sending;
  return kept === 'no' ? room.waitingHere : room.waiting;
}

/** So long a message may wait before it says why, in milliseconds. */
const LATE = 1_000;

function useIsLate(at: string): boolean {
  const due = Date.parse(at) + LATE;
  const [isLate, setLate] = useState(() => Date.now() >= due);
  useEffect(() => {
    if (isLate) return;
    const timer = setTimeout(() => setLate(true), Math.max(0, due - Date.now()));
    return () => clearTimeout(timer);
  }, [due, isLate]);
  return isLate;
}

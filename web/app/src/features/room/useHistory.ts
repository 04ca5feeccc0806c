import { useVirtualizer } from '@tanstack/react-virtual';
import type { Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useText } from '../../text/index.ts';
import { useToast } from '../../ui/toast.tsx';
import { height } from './height.ts';
import { placeAt, placeIn, remember } from './places.ts';
import type { Row } from './rows.ts';
import type { News } from './useNews.ts';

/** Older messages are asked for when so few rows are left above what is seen. */
const AHEAD = 22;
/** Where the new ones begin further up than what is there, one comes to this row: nothing older is asked for until one scrolls. */
const TOP = AHEAD + 3;
/** This near to the end counts as the end. */
const NEAR = 90;
const FLASH = 1_600;

const HEIGHTS = { start: 90, day: 46, unread: 34, message: 46, pending: 46 };

/** A message that one wants to go to. It is another object each time. */
export interface Target {
  seq: number;
}

interface Looked {
  room: Room;
  rows: Row[];
  shown: 'nothing' | 'kept' | 'loaded';
  /** The new messages begin above what is there. */
  beginsAbove: boolean;
  news: News;
  target: Target | undefined;
}

export const focusRow = (list: HTMLElement | null, key: string) =>
  list?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)?.focus();

/** Where in the history one is: at the end, where new messages are followed, or further up, where nothing moves. */
export function useHistory({ room, rows, shown, beginsAbove, news, target }: Looked) {
  const client = useChat();
  const texts = useText();
  const tell = useToast();
  const list = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const [flashed, setFlashed] = useState<number>();
  /** Up to here one was at the end. */
  const [seen, setSeen] = useState(0);
  // All rows are gone through whenever one of these is another one.
  const getItemKey = useCallback((index: number) => rows[index]?.key ?? index, [rows]);
  const estimateSize = useCallback((index: number) => HEIGHTS[rows[index]?.kind ?? 'message'], [rows]);
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: rows.length,
    measureElement: height,
    getScrollElement: () => list.current,
    estimateSize,
    getItemKey,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR,
    overscan: 10,
    paddingStart: 8,
    paddingEnd: 12,
  });

  const toEnd = useCallback(() => virtualizer.scrollToEnd(), [virtualizer]);

  // One comes back to the older messages that one was reading. Else one comes to where the new messages begin, or to the end: of what was
  // kept, and once more of what the server says. Where too many are new, one comes near the top of what is there, since to be at the end is
  // to have read them.
  const placed = useRef<typeof shown>('nothing');
  const [place, setPlace] = useState(() => placeIn(room));
  useLayoutEffect(() => {
    if (shown === 'nothing') placed.current = shown;
    if (placed.current === shown || rows.length === 0) return;
    if (shown === 'loaded' && place) {
      const at = rows.findIndex((row) => row.kind === 'message' && row.message.seq === place.seq);
      if (at < 0) return;
      placed.current = shown;
      virtualizer.scrollToIndex(at, { align: 'start' });
      // It is drawn where it is expected to be, and then has its height.
      requestAnimationFrame(() => virtualizer.scrollBy(place.above));
      return setPlace(undefined);
    }
    placed.current = shown;
    const unread = rows.findIndex((row) => row.kind === 'unread');
    if (unread >= 0) virtualizer.scrollToIndex(unread, { align: 'start' });
    else if (beginsAbove) virtualizer.scrollToIndex(Math.min(TOP, Math.floor(rows.length / 2)), { align: 'start' });
    else toEnd();
  }, [shown, rows, place, beginsAbove, virtualizer, toEnd]);
  // Of what one was reading, only the last messages stay at hand.
  useEffect(() => {
    if (shown !== 'loaded' || !place) return;
    const lost = () => setPlace((now) => (now === place ? undefined : now));
    room.reach(place.seq).then((found) => found === 'here' || lost(), lost);
  }, [shown, place, room]);

  const readOn = useCallback(() => {
    const atEnd = virtualizer.isAtEnd(NEAR);
    setAtEnd(atEnd);
    if (placed.current === 'loaded') {
      const top = virtualizer.scrollOffset ?? 0;
      const item = virtualizer.getVirtualItemForOffset(top);
      remember(room, atEnd || !item ? undefined : placeAt(rows, item.index, item.start, top));
    }
    if (placed.current === 'loaded' && (virtualizer.range?.startIndex ?? AHEAD) < AHEAD) void room.older();
    const isSeen = atEnd && !document.hidden && placed.current === 'loaded';
    room.follow(isSeen);
    if (!isSeen) return;
    setSeen(room.cursor?.seq ?? 0);
    room.markRead();
  }, [room, rows, virtualizer]);

  useEffect(() => {
    const element = list.current;
    if (shown === 'nothing' || !element) return;
    element.addEventListener('scroll', readOn, { passive: true });
    document.addEventListener('visibilitychange', readOn);
    return () => {
      element.removeEventListener('scroll', readOn);
      document.removeEventListener('visibilitychange', readOn);
    };
  }, [shown, readOn]);

  // A keyboard that comes up, or a window that changes, leaves one at the end.
  const wasAtEnd = useRef(true);
  wasAtEnd.current = isAtEnd;
  useEffect(() => {
    const element = list.current;
    if (shown === 'nothing' || !element) return;
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      // It is told of the size at which it begins, too: that must not take one from where the new messages begin.
      if (isFirst) isFirst = false;
      else if (wasAtEnd.current && placed.current !== 'nothing') toEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [shown, toEnd]);

  // What came while one was at the end has been seen, once it is drawn and scrolled to. What is older may leave more to ask for.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are what it waits for
  useEffect(() => {
    const frame = requestAnimationFrame(readOn);
    return () => cancelAnimationFrame(frame);
  }, [rows, readOn]);

  // What one writes is shown, wherever one was; what was written before one came here, and waits, takes one nowhere.
  const last = rows.at(-1);
  const written = last?.kind === 'pending' ? last.item.order : 0;
  const newest = useRef(Date.now());
  useEffect(() => {
    if (written <= newest.current) return;
    newest.current = written;
    toEnd();
  }, [written, toEnd]);

  // A message that one goes to may have to be asked for first, and to be drawn.
  const [wanted, want] = useState<number>();
  const jump = useCallback(
    async (seq: number) => {
      want(seq);
      try {
        const found = await room.reach(seq);
        if (found === 'here') return;
        tell(found === 'gone' ? (texts.errors['message-not-found'] as string) : texts.room.tooFarBack);
      } catch (problem) {
        tell(problem as Error);
      }
      want((other) => (other === seq ? undefined : other));
    },
    [room, tell, texts],
  );
  useLayoutEffect(() => {
    const at = wanted === undefined ? -1 : rows.findIndex((row) => row.kind === 'message' && row.message.seq === wanted);
    const row = rows[at];
    if (!row) return;
    want(undefined);
    setFlashed(wanted);
    requestAnimationFrame(() => focusRow(list.current, row.key));
  }, [wanted, rows]);
  // It is another row of the list once older ones have come, which is where the list would go.
  const flashedAt = flashed === undefined ? -1 : rows.findIndex((row) => row.kind === 'message' && row.message.seq === flashed);
  useLayoutEffect(() => {
    if (flashedAt >= 0) virtualizer.scrollToIndex(flashedAt, { align: 'center' });
  }, [flashedAt, virtualizer]);
  const reached = useRef<Target>(undefined);
  useEffect(() => {
    if (!target || target === reached.current) return;
    reached.current = target;
    void jump(target.seq);
  }, [target, jump]);
  useEffect(() => {
    if (flashed === undefined) return;
    const timer = setTimeout(() => setFlashed(undefined), FLASH);
    return () => clearTimeout(timer);
  }, [flashed]);

  const me = client.me();
  const end = virtualizer.range?.endIndex ?? -1;
  const missed = countMissed(rows, { seen: Math.max(seen, news.after), me, end });
  /** To where the new ones begin, if that is further down and one has not been at the end since; else to the end. */
  const onward = () => {
    const unread = seen > news.after ? -1 : rows.findIndex((row) => row.kind === 'unread');
    if (unread > end) virtualizer.scrollToIndex(unread, { align: 'start' });
    else toEnd();
  };
  return { list, virtualizer, isAtEnd, missed, onward, jump, flashed };
}

interface Looks {
  /** Up to where one has read. */
  seen: number;
  me: string | undefined;
  /** The last row that is in view. */
  end: number;
}

/** How many new messages of others are below what is in view: counted from the end, as the newest come last. */
function countMissed(rows: readonly Row[], { seen, me, end }: Looks): number {
  let count = 0;
  for (let at = rows.length - 1; at > end; at -= 1) {
    const row = rows[at];
    if (row?.kind !== 'message') continue;
    if (row.message.seq <= seen) break;
    count += Number(row.message.senderId !== me);
  }
  return count;
}

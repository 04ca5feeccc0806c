// What the history shows, one after another: days, messages, those that wait, and where the unread ones begin.

import type { Message, Timeline, WaitingItem } from 'chat-client';
import { dayOf } from '../../lib/time.ts';
import type { News } from './useNews.ts';

export type Row =
  | { kind: 'start'; key: string }
  | { kind: 'day'; key: string; at: string }
  | { kind: 'unread'; key: string }
  /** `first`: of several of one sender, one after another. */
  | { kind: 'message'; key: string; message: Message; first: boolean }
  | { kind: 'pending'; key: string; item: WaitingItem; first: boolean };

/** Messages of one sender are shown together if no more time than this lies between them. */
const TOGETHER = 5 * 60_000;

/**
 * In a long talk of one sender, their name and the time come again: where a part of an hour begins, and where a part of the log does of so many
 * entries. Only the message before has a say in it, so that rows stay as they are when older ones come in above.
 */
const SLOT = 15 * 60_000;
const STRETCH = 20;

/** A message that waits has the key that it has once it is sent, so that it stays where it is. */
const keyOf = (senderId: string, clientId: string | undefined, seq?: number) => (clientId ? `${senderId}/${clientId}` : `#${seq}`);

/** What is shown of a message. It is the same object for as long as the message is, so that a row that stays is not drawn anew. */
interface Known {
  key: string;
  day: string;
  time: number;
  /** Its row within a group, and at the beginning of one. */
  rows: [MessageRow?, MessageRow?];
}

type MessageRow = Extract<Row, { kind: 'message' }>;

const known = new WeakMap<Message, Known>();

function know(message: Message): Known {
  const before = known.get(message);
  if (before) return before;
  const key = keyOf(message.senderId, message.clientId, message.seq);
  const made: Known = { key, day: dayOf(message.timestamp), time: Date.parse(message.timestamp), rows: [] };
  known.set(message, made);
  return made;
}

function rowOf(message: Message, first: boolean): MessageRow {
  const { key, rows } = know(message);
  rows[Number(first)] ??= { kind: 'message', key, message, first };
  return rows[Number(first)] as MessageRow;
}

interface Shown {
  messages: Timeline;
  pending: readonly WaitingItem[];
  complete: boolean;
  /** Older messages may come in above. */
  more: boolean;
  news: News;
  me: string | undefined;
}

/** Whether the new ones begin above what is there, or may do so. */
export const beginsAbove = ({ messages, more, news }: Pick<Shown, 'messages' | 'more' | 'news'>): boolean =>
  more && news.last > news.after && (messages[0]?.seq ?? 0) > news.after + 1;

interface Before {
  senderId: string;
  day: string;
  time: number;
  /** What waits to be sent has none yet. */
  seq: number | undefined;
}

/** Whether somebody else has said it, or the same one a while later, or in another part of the log. */
const isOther = (before: Before | undefined, now: Before): boolean =>
  before?.senderId !== now.senderId ||
  now.time - before.time > TOGETHER ||
  part(before.time, SLOT) !== part(now.time, SLOT) ||
  (before.seq !== undefined && now.seq !== undefined && part(before.seq, STRETCH) !== part(now.seq, STRETCH));

const part = (at: number, size: number): number => Math.floor(at / size);

/**
 * A row that belongs to the message below it, for a day or for the new ones, is shown where its place is certain. At the top of what is
 * there, an older message would have it somewhere else, and the history goes along with the row that is at its top.
 */
export function rowsOf({ messages, pending, complete, more, news, me }: Shown): Row[] {
  const rows: Row[] = complete ? [{ kind: 'start', key: 'start' }] : [];
  let before: Before | undefined;
  /** Whether a row has a head. `own`: whatever is above it. */
  const begin = (senderId: string, at: string, { day, time, seq }: { day: string; time: number; seq?: number }, own: boolean): boolean => {
    const isNewDay = before?.day !== day;
    if (isNewDay && (before || !more)) rows.push({ kind: 'day', key: `day ${day}`, at });
    const now = { senderId, day, time, seq };
    const first = own || isNewDay || isOther(before, now);
    before = now;
    return first;
  };
  let isMarked = beginsAbove({ messages, more, news });
  for (const message of messages) {
    const isNew = !isMarked && message.seq > news.after && message.seq <= news.last && message.senderId !== me && !message.deletedAt;
    const { day, time } = know(message);
    const first = begin(message.senderId, message.timestamp, { day, time, seq: message.seq }, isNew || message.replyTo !== undefined);
    if (isNew) {
      isMarked = true;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    rows.push(rowOf(message, first));
  }
  for (const item of pending) {
    // The ack may have come before the outbox was told.
    if (messages.findLast((message) => message.clientId === item.clientId && message.senderId === item.userId)) continue;
    rows.push({
      kind: 'pending',
      key: keyOf(item.userId, item.clientId),
      item,
      first: begin(item.userId, item.at, { day: dayOf(item.at), time: Date.parse(item.at) }, item.replyTo !== undefined),
    });
  }
  return rows;
}

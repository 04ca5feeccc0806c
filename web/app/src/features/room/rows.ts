// What the history shows, one after another: days, messages, those that wait, and where the unread ones begin.

import type { Message, OutboxItem, Timeline } from 'chat-client';
import { dayOf } from '../../lib/time.ts';
import type { News } from './useNews.ts';

export type Row =
  | { kind: 'start'; key: string }
  | { kind: 'day'; key: string; at: string }
  | { kind: 'unread'; key: string }
  /** `first`: of several of one sender, one after another. */
  | { kind: 'message'; key: string; message: Message; first: boolean }
  | { kind: 'pending'; key: string; item: OutboxItem; first: boolean };

/** Messages of one sender are shown together if no more time than this lies between them. */
const TOGETHER = 5 * 60_000;

/** A message that waits has the key that it has once it is sent, so that it stays where it is. */
const keyOf = (senderId: string, clientId: string | undefined, seq?: number) => (clientId ? `${senderId}/${clientId}` : `#${seq}`);

interface Shown {
  messages: Timeline;
  pending: readonly OutboxItem[];
  complete: boolean;
  news: News;
  me: string | undefined;
}

export function rowsOf({ messages, pending, complete, news, me }: Shown): Row[] {
  const rows: Row[] = complete ? [{ kind: 'start', key: 'start' }] : [];
  let before: { senderId: string; at: string } | undefined;
  const begin = (senderId: string, at: string): boolean => {
    const isNewDay = before === undefined || dayOf(before.at) !== dayOf(at);
    if (isNewDay) rows.push({ kind: 'day', key: `day ${dayOf(at)}`, at });
    const first = isNewDay || before?.senderId !== senderId || Date.parse(at) - Date.parse(before.at) > TOGETHER;
    before = { senderId, at };
    return first;
  };
  let isMarked = false;
  for (const message of messages) {
    const isNew = !isMarked && message.seq > news.after && message.seq <= news.last && message.senderId !== me && !message.deletedAt;
    const first = begin(message.senderId, message.timestamp);
    if (isNew) {
      isMarked = true;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    const key = keyOf(message.senderId, message.clientId, message.seq);
    rows.push({ kind: 'message', key, message, first: first || isNew || message.replyTo !== undefined });
  }
  for (const item of pending) {
    // The ack may have come before the outbox was told.
    if (messages.some((message) => message.clientId === item.clientId && message.senderId === item.userId)) continue;
    rows.push({
      kind: 'pending',
      key: keyOf(item.userId, item.clientId),
      item,
      first: begin(item.userId, item.at) || item.replyTo !== undefined,
    });
  }
  return rows;
}

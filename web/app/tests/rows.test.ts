import type { Message, WaitingItem } from 'chat-client';
import { expect, test } from 'vitest';
import { rowsOf } from '../src/features/room/rows.ts';

const said = (seq: number, senderId: string, at: string, more: Partial<Message> = {}): Message => ({
  ...{ seq, senderId, sender: senderId, message: `m${seq}`, timestamp: new Date(at).toISOString() },
  ...more,
});

const NO_NEWS = { after: 0, last: 0 };
const brief = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => (row.kind === 'message' ? `${row.message.seq}${row.first ? '!' : ''}` : row.kind));

test('messages are grouped by sender, time and day', () => {
  const messages = [
    said(1, 'ann', '2026-11-20T10:00:00'),
    said(2, 'ann', '2026-11-20T10:01:00'),
    said(3, 'ann', '2026-11-20T10:20:00'),
    said(4, 'ben', '2026-11-20T10:20:30'),
    said(5, 'ben', '2026-11-21T10:20:30'),
    said(6, 'ben', '2026-11-21T10:20:40', { replyTo: 1 }),
  ];
  const rows = rowsOf({ messages, pending: [], complete: true, news: NO_NEWS, me: 'ann' });
  expect(brief(rows)).toEqual(['start', 'day', '1!', '2', '3!', '4!', 'day', '5!', '6!']);
});

test('a row stays the same object for as long as its message does, so that it is not drawn anew', () => {
  const messages = [said(1, 'ann', '2026-11-20T10:00:00'), said(2, 'ann', '2026-11-20T10:01:00')];
  const shown = (of: Message[]) => rowsOf({ messages: of, pending: [], complete: true, news: NO_NEWS, me: 'ann' });
  const before = shown(messages);
  const after = shown([...messages, said(3, 'ben', '2026-11-20T10:02:00')]);
  expect(after.slice(2, 4).map((row, index) => row === before[2 + index])).toEqual([true, true]);
  const edited = shown([messages[0] as Message, { ...(messages[1] as Message), message: 'other' }]);
  expect([edited[2] === before[2], edited[3] === before[3]]).toEqual([true, false]);
});

test('the new ones begin at the first that another wrote, and only those that were new when one came', () => {
  const messages = [said(5, 'ben', '2026-11-20T10:00:00'), said(6, 'ann', '2026-11-20T10:00:01'), said(7, 'ben', '2026-11-20T10:00:02')];
  const kinds = (news: { after: number; last: number }) => brief(rowsOf({ messages, pending: [], complete: false, news, me: 'ann' }));
  expect(kinds({ after: 5, last: 7 })).toEqual(['day', '5!', '6!', 'unread', '7!']);
  expect(kinds({ after: 5, last: 6 })).toEqual(['day', '5!', '6!', '7!']);
  expect(kinds(NO_NEWS)).toEqual(['day', '5!', '6!', '7!']);
});

test('what waits keeps its key once it is sent, and is shown once', () => {
  const item = {
    clientId: 'c1',
    roomId: 'r',
    userId: 'ann',
    username: 'ann',
    message: 'hi',
    order: 1,
    at: '2026-11-20T10:00:00Z',
    tab: 't',
  } as WaitingItem;
  const [, waiting] = rowsOf({ messages: [], pending: [item], complete: false, news: NO_NEWS, me: 'ann' });
  const sent = rowsOf({
    messages: [said(3, 'ann', '2026-11-20T10:00:00Z', { clientId: 'c1' })],
    pending: [item],
    complete: false,
    news: NO_NEWS,
    me: 'ann',
  });
  expect(sent.map((row) => row.key).filter((key) => key === waiting?.key)).toEqual([waiting?.key]);
});

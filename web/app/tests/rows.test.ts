import type { Message, WaitingItem } from 'chat-client';
import { expect, test } from 'vitest';
import { beginsAbove, rowsOf } from '../src/features/room/rows.ts';

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
  const rows = rowsOf({ messages, pending: [], complete: true, more: false, news: NO_NEWS, me: 'ann' });
  expect(brief(rows)).toEqual(['start', 'day', '1!', '2', '3!', '4!', 'day', '5!', '6!']);
});

test('in a long run of one sender the name and the time come again, each at the same message however much is there above', () => {
  const messages = Array.from({ length: 70 }, (_, at) => said(at + 15, 'ann', `2026-11-20T10:00:${String(at % 60).padStart(2, '0')}`));
  for (const [at, message] of messages.entries())
    message.timestamp = new Date(Date.parse('2026-11-20T10:00:00') + at * 1_000).toISOString();
  const heads = (from: number) =>
    brief(rowsOf({ messages: messages.slice(from), pending: [], complete: false, more: true, news: NO_NEWS, me: 'ann' })).filter((row) =>
      row.endsWith('!'),
    );
  expect(heads(0)).toEqual(['15!', '20!', '40!', '60!', '80!']);
  expect(heads(12)).toEqual(['27!', '40!', '60!', '80!']);
  expect(heads(30)).toEqual(['45!', '60!', '80!']);
  const slow = [said(1, 'ann', '2026-11-20T10:11:00'), said(2, 'ann', '2026-11-20T10:14:50'), said(3, 'ann', '2026-11-20T10:15:10')];
  expect(brief(rowsOf({ messages: slow, pending: [], complete: false, more: true, news: NO_NEWS, me: 'ann' }))).toEqual(['1!', '2', '3!']);
});

test('a row stays the same object for as long as its message does, so that it is not drawn anew', () => {
  const messages = [said(1, 'ann', '2026-11-20T10:00:00'), said(2, 'ann', '2026-11-20T10:01:00')];
  const shown = (of: Message[]) => rowsOf({ messages: of, pending: [], complete: true, more: false, news: NO_NEWS, me: 'ann' });
  const before = shown(messages);
  const after = shown([...messages, said(3, 'ben', '2026-11-20T10:02:00')]);
  expect(after.slice(2, 4).map((row, index) => row === before[2 + index])).toEqual([true, true]);
  const edited = shown([messages[0] as Message, { ...(messages[1] as Message), message: 'other' }]);
  expect([edited[2] === before[2], edited[3] === before[3]]).toEqual([true, false]);
});

test('the new ones begin at the first that another wrote, and only those that were new when one came', () => {
  const messages = [said(5, 'ben', '2026-11-20T10:00:00'), said(6, 'ann', '2026-11-20T10:00:01'), said(7, 'ben', '2026-11-20T10:00:02')];
  const kinds = (news: { after: number; last: number }) =>
    brief(rowsOf({ messages, pending: [], complete: false, more: false, news, me: 'ann' }));
  expect(kinds({ after: 5, last: 7 })).toEqual(['day', '5!', '6!', 'unread', '7!']);
  expect(kinds({ after: 5, last: 6 })).toEqual(['day', '5!', '6!', '7!']);
  expect(kinds(NO_NEWS)).toEqual(['day', '5!', '6!', '7!']);
});

test('a day is shown where it is certain that its first message is there', () => {
  const messages = [said(5, 'ben', '2026-11-20T10:00:00'), said(6, 'ben', '2026-11-21T10:00:00')];
  const kinds = (complete: boolean, more: boolean) => brief(rowsOf({ messages, pending: [], complete, more, news: NO_NEWS, me: 'ann' }));
  expect(kinds(false, true)).toEqual(['5!', 'day', '6!']);
  expect(kinds(true, false)).toEqual(['start', 'day', '5!', 'day', '6!']);
  // Nothing comes in above what the browser kept.
  expect(kinds(false, false)).toEqual(['day', '5!', 'day', '6!']);
});

test('where the new ones begin is shown where that is certain, so that it stays there as older ones come in', () => {
  const messages = [4, 5, 6, 7].map((seq) => said(seq, 'ben', '2026-11-20T10:00:00'));
  const shown = (from: number, after: number, more = true) => {
    const some = { messages: messages.slice(from), more, news: { after, last: 7 } };
    const rows = brief(rowsOf({ ...some, pending: [], complete: !more, me: 'ann' }));
    return [rows.filter((row) => row === 'unread' || row.endsWith('!')), beginsAbove(some)];
  };
  expect(shown(0, 5)).toEqual([['4!', 'unread', '6!'], false]);
  // Message 5, which is new, too, is not there.
  expect(shown(2, 4)).toEqual([['6!'], true]);
  expect(shown(1, 4)).toEqual([['unread', '5!'], false]);
  expect(shown(0, 0)).toEqual([['4!'], true]);
  expect(shown(0, 0, false)).toEqual([['unread', '4!'], false]);
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
  const [, waiting] = rowsOf({ messages: [], pending: [item], complete: false, more: false, news: NO_NEWS, me: 'ann' });
  const sent = rowsOf({
    messages: [said(3, 'ann', '2026-11-20T10:00:00Z', { clientId: 'c1' })],
    pending: [item],
    complete: false,
    more: false,
    news: NO_NEWS,
    me: 'ann',
  });
  expect(sent.map((row) => row.key).filter((key) => key === waiting?.key)).toEqual([waiting?.key]);
});

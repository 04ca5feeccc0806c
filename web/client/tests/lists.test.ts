// A list of one's own rooms may come in late: the log, and how far one has read, have gone on meanwhile.

import { beforeEach, expect, test } from 'vitest';
import { Archive } from '../src/archive.ts';
import type { Host } from '../src/host.ts';
import { type MyRoom, noHistory, Room, type RoomState } from '../src/index.ts';
import { MESSAGES_KEPT, UNREAD_KEPT } from '../src/limits.ts';

interface Asked {
  action: string;
  seq?: number;
}

let room: Room;
let connection: { isOnline: boolean; ask: (request: Asked) => Promise<unknown> };
/** What was asked of the server in the room, and how often for a list of rooms. */
let asked: Asked[];
let lists: number;

const last = (seq: number, message = `m${seq}`) => ({ seq, sender: 'bob', senderId: 'bob', timestamp: `at ${seq}`, message });

/** What the server says of the room at a head. */
const list = (head: number, unread: number, mentions = 0, more: Partial<MyRoom> = {}) =>
  room.listed({
    ...{
      roomId: 'r',
      roomName: 'Cellar',
      kind: 'private',
      history: 'everything',
      createdAt: '',
      epoch: 'e',
      memberCount: 2,
      role: 'member',
    },
    ...{ head, read: 5, unread, mentions, lastMessage: last(head), activeAt: `at ${head}`, ...more },
  });

const entry = { roomId: 'r', sender: 'bob', senderId: 'bob' } as const;
const arrives = (seq: number, mentions?: string[]) =>
  room.entry({ ...entry, action: 'new-message', seq, after: seq - 1, timestamp: `at ${seq}`, message: `m${seq}`, mentions });
const isDeleted = (seq: number, target: number) =>
  room.entry({ ...entry, action: 'message-deleted', seq, after: seq - 1, timestamp: '', target });

const state = (): RoomState => room.state.get();
const counts = () => [state().unread, state().mentions];

beforeEach(() => {
  [asked, lists] = [[], 0];
  connection = {
    isOnline: true,
    ask: async (request) => {
      asked.push(request);
      return {};
    },
  };
  const refreshRooms = () => {
    lists += 1;
  };
  const common = { connection: connection as never, me: () => 'ann', arrived: () => undefined, settled: () => undefined };
  const archive = new Archive(noHistory, () => 'ann', common.connection);
  room = new Room('r', { ...common, archive, refreshRooms } as unknown as Host);
  list(9, 2, 1);
});

test('what came in above the head of a late list still counts, mentions too', () => {
  arrives(10, ['ann']);
  arrives(11);
  list(9, 2, 1);
  expect(counts()).toEqual([4, 2]);
  list(10, 3, 2);
  expect(counts(), 'what the list has counted counts once').toEqual([4, 2]);
  list(11, 4, 2);
  expect(counts()).toEqual([4, 2]);
  arrives(12);
  expect(counts()).toEqual([5, 2]);
});

test('a message to everybody in the room is a mention, once, and as its last edit says', () => {
  const told = (seq: number, more: { mentions?: string[]; mentionsRoom?: boolean; senderId?: string }) =>
    room.entry({ ...entry, action: 'new-message', seq, after: seq - 1, timestamp: '', message: '@room', ...more });
  told(10, { mentionsRoom: true });
  told(11, { mentionsRoom: true, mentions: ['ann'] });
  told(12, { mentionsRoom: true, senderId: 'ann' });
  expect(counts()).toEqual([4, 3]);
  const edited = { ...entry, action: 'message-edited', timestamp: '', message: 'all' } as const;
  room.entry({ ...edited, seq: 13, after: 12, target: 10 });
  expect(counts()).toEqual([4, 2]);
  room.entry({ ...edited, seq: 14, after: 13, target: 10, mentionsRoom: true });
  expect(counts()).toEqual([4, 3]);
});

test('what a list has counted before it came in here counts once', () => {
  list(11, 4);
  arrives(10);
  arrives(11);
  expect(counts()).toEqual([4, 0]);
});

test('an older list than the last one says nothing of what is unread', () => {
  list(11, 4, 2);
  list(10, 3, 1);
  expect(counts()).toEqual([4, 2]);
});

test('what one has read meanwhile stays read', () => {
  arrives(10);
  room.markRead();
  arrives(11);
  list(9, 2, 1);
  expect([state().read, ...counts()]).toEqual([10, 1, 0]);
  list(10, 3, 1);
  expect(counts(), 'the server has not heard of it yet').toEqual([1, 0]);
  list(11, 1, 0, { read: 10 });
  expect(counts()).toEqual([1, 0]);
});

test('what comes in where one looks is unread at no moment', () => {
  room.markRead();
  room.follow(true);
  const seen: number[] = [];
  const unwatch = room.state.watch(() => seen.push(state().unread));
  arrives(10, ['ann']);
  expect([Math.max(...seen), state().read, ...counts()]).toEqual([0, 10, 0, 0]);
  room.follow(false);
  arrives(11, ['ann']);
  expect(counts()).toEqual([1, 1]);
  unwatch();
});

test('of a room that one follows the newest messages are at hand, and all where one looks further up', () => {
  room.state.set({ loaded: true, complete: true });
  room.view();
  let seq = 9;
  const come = (count: number) => {
    for (const end = seq + count; seq < end; ) arrives((seq += 1));
  };
  come(3 * MESSAGES_KEPT);
  expect(state().messages.length).toBe(3 * MESSAGES_KEPT);
  room.follow(true);
  come(5 * MESSAGES_KEPT);
  expect(state().messages.length).toBeLessThanOrEqual(2 * MESSAGES_KEPT);
  expect([state().messages.at(-1)?.seq, state().complete]).toEqual([seq, false]);
});

test('another device that has read further than a list knows goes before the list', () => {
  arrives(10, ['ann']);
  room.signal({ action: 'read', roomId: 'r', userId: 'ann', username: 'ann', seq: 10 });
  list(10, 3, 2);
  expect([state().read, ...counts()]).toEqual([10, 0, 0]);
});

test('the last message, its text and the time of it are the newest that are known', () => {
  arrives(10);
  list(9, 2);
  expect([state().lastMessage?.seq, state().activeAt]).toEqual([10, 'at 10']);
  isDeleted(11, 10);
  list(10, 3, 0, { lastMessage: last(10, 'not for long') });
  expect(state().lastMessage?.message).toBe('');
  list(12, 3, 0, { lastMessage: last(9), activeAt: 'at 9' });
  expect([state().lastMessage?.seq, state().activeAt], 'a message may be over').toEqual([9, 'at 9']);
});

test('a late list renames nothing, and takes nobody back in', () => {
  const change = { roomName: 'Attic', topic: '', archived: true, slowModeMs: 5_000 };
  room.entry({ ...entry, action: 'room-changed', seq: 10, after: 9, timestamp: '', ...change });
  room.entry({ ...entry, action: 'role-changed', seq: 11, after: 10, timestamp: '', userId: 'ann', username: 'ann', role: 'moderator' });
  list(9, 2, 0, { topic: 'wine' });
  const { roomName, topic, archived, slowModeMs, role } = state();
  expect({ roomName, topic, archived, slowModeMs, role }).toEqual({ ...change, topic: undefined, role: 'moderator' });
  room.entry({ ...entry, action: 'user-kicked', seq: 12, after: 11, timestamp: '', userId: 'ann', username: 'ann' });
  list(11, 2);
  expect(state().membership).toBe('none');
  list(13, 0);
  expect(state().membership).toBe('member');
});

test('a message that came in and was deleted before it was read is known not to count; of others the server is asked', () => {
  arrives(10, ['ann']);
  isDeleted(11, 10);
  expect([...counts(), lists]).toEqual([2, 1, 0]);
  isDeleted(12, 8);
  expect(lists).toBe(1);
  list(12, 1, 1);
  expect(counts()).toEqual([1, 1]);
});

test('what one has read without a server is told to the server once it is there', async () => {
  connection.isOnline = false;
  room.markRead();
  expect(asked).toEqual([]);
  connection.isOnline = true;
  list(9, 2, 1);
  expect([state().unread, asked]).toEqual([0, [{ action: 'read', roomId: 'r', seq: 9 }]]);
  list(9, 2, 1);
  expect(asked.length, 'it is on its way').toBe(1);
});

test('once the server knows how far one has read it is asked what is left of what is not known here', async () => {
  list(14, 7);
  room.markRead(10);
  expect(asked).toEqual([{ action: 'read', roomId: 'r', seq: 10 }]);
  await expect.poll(() => lists).toBe(1);
  list(14, 4, 0, { read: 10 });
  expect(counts()).toEqual([4, 0]);
});

test('of very many unread messages most are a number', () => {
  const many = UNREAD_KEPT + 500;
  for (let seq = 10; seq < 10 + many; seq += 1) arrives(seq);
  list(10, 3, 1);
  expect(counts()).toEqual([many + 2, 1]);
  isDeleted(10 + many, 9 + many);
  expect([...counts(), lists]).toEqual([many + 1, 1, 0]);
  isDeleted(11 + many, 11);
  expect(lists).toBe(1);
  room.markRead();
  expect(counts()).toEqual([0, 0]);
});

test('the next life of a room begins with nothing read', () => {
  room.markRead();
  room.resumed({ roomId: 'r', status: 'reset', epoch: 'f', head: 3 });
  expect([state().read, ...counts(), lists]).toEqual([0, 0, 0, 1]);
  list(9, 2, 1);
  expect(counts(), 'a list of the life before').toEqual([0, 0]);
  list(3, 2, 1, { epoch: 'f', read: 1 });
  expect([state().read, ...counts()]).toEqual([1, 2, 1]);
});

import { expect, test } from 'vitest';
import { apply, Backoff, browserKeep, browserMemory, judge, type Message, type Timeline } from '../src/index.ts';
import { unknownRoom, withNames, withOnline, withoutMember, withPresence } from '../src/state.ts';
import type { Frame } from '../src/wire/server.ts';

test('pauses double up to a bound, and a random part is taken of each', () => {
  const highest = new Backoff(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(() => highest.next())).toEqual([400, 800, 1600, 3200, 6400, 12800, 20000, 20000]);
  highest.reset();
  expect(highest.next(1000)).toBe(1400);
  expect(new Backoff(() => 0).next(500)).toBe(500);
});

test('an entry is taken when nothing lies between it and the cursor', () => {
  const cursor = { epoch: 'e', seq: 10 };
  expect(judge(cursor, { after: 10, seq: 11 })).toBe('take');
  expect(judge(cursor, { after: 8, seq: 14 })).toBe('take');
  expect(judge(cursor, { after: 9, seq: 10 })).toBe('old');
  expect(judge(cursor, { after: 11, seq: 12 })).toBe('hole');
});

const base = { roomId: 'r', timestamp: '2026-11-20T10:00:00.000Z', sender: 'Ann', senderId: 'ann' };
const after = (entries: Partial<Frame>[], from: Timeline = []) =>
  entries.reduce<Timeline>((timeline, entry, index) => apply(timeline, { ...base, seq: index + 1, after: index, ...entry } as Frame), from);

test('messages are by seq, whatever the order in which they come, and each is there once', () => {
  const said = (seq: number) => ({ action: 'new-message', seq, message: `m${seq}` }) as const;
  expect(after([said(3), said(1), said(2), said(3)]).map((message) => message.message)).toEqual(['m1', 'm2', 'm3']);
});

test('a deleted message leaves a tombstone, and a deleted announcement nothing', () => {
  const deleted = (roomId: string) =>
    after([
      { action: 'new-message', roomId, message: 'one' },
      { action: 'new-message', roomId, message: 'two' },
      { action: 'message-deleted', roomId, target: 1 },
    ]).map(({ seq, deletedAt }) => [seq, deletedAt !== undefined]);
  expect(deleted('r')).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(deleted('announcements')).toEqual([[2, false]]);
});

test('edits, reactions and deletions change the message they are about', () => {
  const [edited] = after([
    { action: 'new-message', message: 'one' },
    { action: 'message-edited', target: 1, message: 'two' },
    { action: 'reaction-added', target: 1, emoji: '👍', senderId: 'ben' },
    { action: 'reaction-added', target: 1, emoji: '👍', senderId: 'ben' },
    { action: 'reaction-added', target: 1, emoji: '🎉', senderId: 'ann' },
    { action: 'reaction-removed', target: 1, emoji: '🎉', senderId: 'ann' },
    { action: 'message-pinned', target: 1 },
  ]) as [Message];
  expect(edited).toMatchObject({ message: 'two', pinned: true, reactions: [{ emoji: '👍', users: ['ben'] }] });
  const [deleted] = after(
    [
      { action: 'message-deleted', target: 1 },
      { action: 'message-edited', target: 1, message: 'no' },
    ],
    [edited],
  ) as [Message];
  expect(deleted).toMatchObject({ message: '', deletedAt: base.timestamp });
  expect(deleted.reactions).toBeUndefined();
});

test('where the browser keeps nothing, credentials are those of the page', () => {
  const denied = () => {
    throw new Error('denied');
  };
  const before = globalThis.localStorage;
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    value: { getItem: denied, setItem: denied, removeItem: denied },
  });
  try {
    const keep = browserKeep();
    expect(keep.get()).toBe(null);
    const credentials = { token: 't', userId: 'ann', username: 'Ann' };
    keep.set(credentials);
    expect(keep.get()).toEqual(credentials);
    keep.set(null);
    expect(keep.get()).toBe(null);
    const memory = browserMemory();
    memory.set('ann', []);
    memory.forget();
    expect(memory.get('ann')).toEqual([]);
  } finally {
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, value: before });
  }
});

test('whoever is no member any more is not counted as online, and only once', () => {
  const ben = { userId: 'ben', username: 'ben', guest: false };
  const before = { ...unknownRoom('r'), memberCount: 2, onlineCount: 2, online: [{ ...ben, state: 'online' as const }] };
  const without = { ...before, ...withoutMember(before, 'ben') };
  expect([without.onlineCount, without.memberCount]).toEqual([1, 1]);
  expect(withPresence(without, { ...ben, state: 'offline' }).onlineCount).toBe(1);
});

test('of those present who are not listed the server says how many there are', () => {
  const listed = { userId: 'ann', username: 'ann', state: 'online' as const };
  const before = { ...unknownRoom('r'), online: [listed], onlineCount: 60 };
  const ben = { userId: 'ben', username: 'ben' };
  const counts = (state: 'online' | 'offline', onlineCount?: number) => withPresence(before, { ...ben, state, onlineCount }).onlineCount;
  expect(counts('online', 60), 'ben was away, and is not listed').toBe(60);
  expect(counts('offline', 59)).toBe(59);
  expect([counts('online'), counts('offline')], 'a server that does not say so').toEqual([61, 60]);
});

test('an answer that names only the first of those who are there leaves those on the list whom it cannot name', () => {
  const user = (userId: string) => ({ userId, username: userId });
  const before = { ...unknownRoom('r'), online: ['ann', 'ben', 'kim', 'zoe'].map((id) => ({ ...user(id), state: 'away' as const })) };
  const listed = (named: string[], count: number) => withOnline(before, named.map(user), count).online?.map(({ userId }) => userId);
  expect(listed(['ben', 'eve'], 9), 'ann would have been named').toEqual(['ben', 'eve', 'kim', 'zoe']);
  expect(listed(['ben', 'eve'], 3), 'one of them has gone').toEqual(['ben', 'eve', 'kim']);
  expect(listed(['ben', 'eve'], 2), 'all are named').toEqual(['ben', 'eve']);
});

test('another name is shown wherever the room shows one, and what shows none of it stays the same', () => {
  const said = (seq: number, senderId: string): Message => ({ ...base, seq, sender: senderId, senderId, message: 'hello' });
  const user = (userId: string) => ({ userId, username: userId });
  const before = {
    ...unknownRoom('r'),
    ...{ messages: [said(1, 'ann'), said(2, 'ben'), said(3, 'ann')], lastMessage: said(3, 'ann'), peer: user('ann') },
    members: [user('ann'), user('ben')].map((member) => ({ ...member, role: 'member' as const })),
    ...{ online: [{ ...user('ann'), state: 'away' as const }], typing: [user('ben')] },
  };
  const after = withNames(before, new Map([['ann', 'Anna']]));
  expect(after.messages?.map((message) => message.sender)).toEqual(['Anna', 'ben', 'Anna']);
  expect(after.messages?.[1]).toBe(before.messages[1]);
  expect(after.members?.map((member) => member.username)).toEqual(['Anna', 'ben']);
  expect(after.online).toEqual([{ userId: 'ann', username: 'Anna', state: 'away' }]);
  expect([after.peer?.username, after.lastMessage?.sender, after.typing]).toEqual(['Anna', 'Anna', before.typing]);
  const same = withNames(
    before,
    new Map([
      ['ann', 'ann'],
      ['eve', 'Eva'],
    ]),
  );
  for (const [name, part] of Object.entries(same)) expect(part, name).toBe(before[name as keyof typeof before]);
});

import { expect, test, vi } from 'vitest';
import { Archive } from '../src/archive.ts';
import type { Host } from '../src/host.ts';
import { type MyRoom, noHistory, Room } from '../src/index.ts';
import { ANSWER, ASK_AGAIN } from '../src/limits.ts';

test('messages of a remembered room are asked for once it is known where its log goes on, so that none lies between', async () => {
  const asked: string[] = [];
  const ask = async (request: { action: string }) => {
    asked.push(request.action);
    return { epoch: 'e', head: 5, messages: [], members: [], online: [] };
  };
  const connection = { ask, isOnline: true } as never;
  const archive = new Archive(noHistory, () => 'ann', connection);
  const room = new Room('r', { connection, archive, me: () => 'ann' } as unknown as Host);
  room.remembered({ roomId: 'r', roomName: 'Cellar', kind: 'private' });
  room.view();
  await room.refreshed();
  expect(asked).not.toContain('history');
  room.listed({ roomId: 'r', roomName: 'Cellar', kind: 'private', epoch: 'e', head: 5, memberCount: 1, read: 0, unread: 0 } as MyRoom);
  await expect.poll(() => room.state.get().loaded).toBe(true);
  expect(asked.filter((action) => action === 'history').length).toBe(1);
});

/** A room of ann's in which two messages, of which one mentions her, are unread, and how often the server was asked to count. */
function unreadRoom(): { room: Room; asked: () => number } {
  let count = 0;
  const refreshRooms = () => {
    count += 1;
  };
  const connection = { isOnline: false } as never;
  const archive = new Archive(noHistory, () => 'ann', connection);
  const room = new Room('r', { connection, archive, me: () => 'ann', refreshRooms } as unknown as Host);
  const mine = { roomId: 'r', roomName: 'Cellar', kind: 'private', epoch: 'e', head: 9, memberCount: 2, read: 5, unread: 2, mentions: 1 };
  room.listed(mine as MyRoom);
  return { room, asked: () => count };
}

test('when an unread message is deleted the server is asked what is unread', () => {
  const entry = { roomId: 'r', senderId: 'bob', sender: 'bob', timestamp: '' } as const;
  const { room, asked } = unreadRoom();
  room.entry({ action: 'message-deleted', ...entry, after: 9, seq: 10, target: 5 });
  expect(asked(), 'a message that was read').toBe(0);
  room.entry({ action: 'message-deleted', ...entry, after: 10, seq: 11, target: 6 });
  expect(asked(), 'a message that was not read').toBe(1);
  room.entry({ action: 'message-edited', ...entry, after: 11, seq: 12, target: 7, message: '@ann', mentions: ['ann'] });
  expect(asked(), 'an edit that mentions').toBe(2);
  room.markRead();
  room.entry({ action: 'message-deleted', ...entry, after: 12, seq: 13, target: 7 });
  expect(asked(), 'nothing is unread').toBe(2);
});

test('when another device has read a part of what is not known here the server is asked what is left', () => {
  const { room, asked } = unreadRoom();
  room.signal({ action: 'read', roomId: 'r', userId: 'ann', username: 'ann', seq: 7 });
  expect([room.state.get().read, asked()]).toEqual([7, 1]);
  room.signal({ action: 'read', roomId: 'r', userId: 'ann', username: 'ann', seq: 9 });
  expect([room.state.get().read, room.state.get().unread, asked()]).toEqual([9, 0, 1]);
});

test('a page that was on its way brings no older name, and one of later does', async () => {
  const answers: ((page: object) => void)[] = [];
  const ask = ({ action }: { action: string }) =>
    action === 'history' ? new Promise((done) => answers.push(done)) : Promise.reject(new Error('not asked here'));
  const connection = { ask, isOnline: true } as never;
  const archive = new Archive(noHistory, () => 'ann', connection);
  const [refreshRooms, arrived] = [() => undefined, () => undefined];
  const room = new Room('r', { connection, archive, me: () => 'ann', refreshRooms, arrived } as unknown as Host);
  const said = (seq: number, sender: string) => ({ seq, sender, senderId: 'bob', message: `m${seq}`, timestamp: '' });
  const senders = () => room.state.get().messages.map((message) => message.sender);
  const page = async (...messages: object[]) => {
    await expect.poll(() => answers.length).toBe(1);
    answers.pop()?.({ epoch: 'e', head: 9, messages });
    await expect.poll(() => room.state.get().loading).toBe(false);
  };
  vi.useFakeTimers({ toFake: ['Date'] });
  room.listed({ roomId: 'r', roomName: 'Cellar', kind: 'private', epoch: 'e', head: 9, memberCount: 2, read: 9, unread: 0 } as MyRoom);
  room.view();
  room.signal({ action: 'user-renamed', roomId: 'r', userId: 'bob', username: 'Rob' });
  await page(said(8, 'bob'), said(9, 'bob'));
  expect(senders()).toEqual(['Rob', 'Rob']);
  // A message that was encoded before comes behind it.
  room.entry({ action: 'new-message', roomId: 'r', after: 9, ...said(10, 'bob') });
  expect(senders()).toEqual(['Rob', 'Rob', 'Rob']);

  vi.setSystemTime(Date.now() + ANSWER);
  void room.older();
  await page(said(7, 'Robert'));
  expect(senders(), 'nobody has told of this one').toEqual(Array(4).fill('Robert'));
  vi.useRealTimers();
});

test('messages that were kept show the names that are known by then', async () => {
  const kept = { seq: 8, sender: 'bob', senderId: 'bob', message: 'hello', timestamp: '' };
  const store = { ...noHistory, get: async () => ({ messages: [kept] }) } as never;
  const connection = { ask: () => new Promise(() => undefined), isOnline: false } as never;
  const room = new Room('r', { connection, archive: new Archive(store, () => 'ann', connection), me: () => 'ann' } as unknown as Host);
  room.remembered({ roomId: 'r', roomName: 'Cellar', kind: 'private' });
  room.signal({ action: 'user-renamed', roomId: 'r', userId: 'bob', username: 'Rob' });
  room.view();
  await expect.poll(() => room.state.get().messages.map((message) => message.sender)).toEqual(['Rob']);
});

test('who joined or left together with others is listed or not, and who only came or went is asked for', async () => {
  const asked: string[] = [];
  const [ann, bob, eve, kim, zoe, max] = ['ann', 'bob', 'eve', 'kim', 'zoe', 'max'].map((name) => ({ userId: name, username: name }));
  const ask = async ({ action }: { action: string }) => {
    asked.push(action);
    return { epoch: 'e', head: 5, messages: [], reads: [], members: [], online: [ann], onlineCount: 1 };
  };
  const connection = { ask, isOnline: true } as never;
  const archive = new Archive(noHistory, () => 'ann', connection);
  const room = new Room('r', { connection, archive, me: () => 'ann', named: () => undefined } as unknown as Host);
  const people = { members: [ann, bob], memberCount: 2, online: [ann, bob], onlineCount: 2 };
  room.joined({ action: 'joined', roomId: 'r', epoch: 'e', head: 5, seq: 5, ...people } as never);
  room.view();
  await expect.poll(() => room.state.get().loaded).toBe(true);
  expect(asked, 'the answer to the join has said it').not.toContain('online');

  vi.useFakeTimers();
  const changed = { action: 'members-changed', roomId: 'r' } as const;
  const names = (users: readonly { username: string }[]) => users.map((user) => user.username);
  room.signal({ ...changed, joined: [eve, kim], left: [bob], memberCount: 3, onlineCount: 3 } as never);
  const { members, online, memberCount, onlineCount } = room.state.get();
  expect([names(members), names(online), memberCount, onlineCount]).toEqual([['ann', 'eve', 'kim'], ['ann', 'eve', 'kim'], 3, 3]);
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 3);
  expect(asked, 'whoever is counted has been named').not.toContain('online');

  for (const onlineCount of [2, 1]) room.signal({ ...changed, joined: [], left: [], memberCount: 3, onlineCount });
  expect([names(room.state.get().online), room.state.get().onlineCount], 'some went').toEqual([['ann', 'eve', 'kim'], 1]);
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 2);
  expect(asked.filter((action) => action === 'online').length, 'once for both').toBe(1);
  expect([names(room.state.get().online), room.state.get().onlineCount]).toEqual([['ann'], 1]);

  // Of somebody who was not listed one does not know whether they were there.
  room.signal({ ...changed, joined: [], left: [], memberCount: 9, onlineCount: 8 });
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 8);
  expect(asked.filter((action) => action === 'online').length, 'some came').toBe(2);
  room.signal({ ...changed, joined: [], left: [zoe], memberCount: 8, onlineCount: 0 } as never);
  room.signal({ ...changed, joined: [], left: [zoe, max], memberCount: 6, onlineCount: 0 } as never);
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 8);
  expect(asked.filter((action) => action === 'online').length, 'they were there, or not').toBe(2);

  room.signal({ ...changed, joined: [], left: [], memberCount: 3, onlineCount: 2 });
  room.stop();
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 2);
  expect(asked.filter((action) => action === 'online').length, 'not after the client stopped').toBe(2);
  vi.useRealTimers();
});

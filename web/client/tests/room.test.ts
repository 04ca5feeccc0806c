import { expect, test } from 'vitest';
import { Archive } from '../src/archive.ts';
import type { Host } from '../src/host.ts';
import { type MyRoom, noHistory, Room } from '../src/index.ts';

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

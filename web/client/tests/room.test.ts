import { expect, test } from 'vitest';
import { type MyRoom, Room } from '../src/index.ts';
import type { Host } from '../src/room.ts';

test('messages of a remembered room are asked for once it is known where its log goes on, so that none lies between', async () => {
  const asked: string[] = [];
  const ask = async (request: { action: string }) => {
    asked.push(request.action);
    return { epoch: 'e', head: 5, messages: [], members: [], online: [] };
  };
  const room = new Room('r', { connection: { ask, isOnline: true }, me: () => 'ann' } as unknown as Host);
  room.remembered({ roomId: 'r', roomName: 'Cellar', kind: 'private' });
  room.view();
  await room.refreshed();
  expect(asked).not.toContain('history');
  room.listed({ roomId: 'r', roomName: 'Cellar', kind: 'private', epoch: 'e', head: 5, memberCount: 1, read: 0, unread: 0 } as MyRoom);
  await expect.poll(() => room.state.get().loaded).toBe(true);
  expect(asked.filter((action) => action === 'history').length).toBe(1);
});

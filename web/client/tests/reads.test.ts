import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChatClient, lastOf, type Message, type Room, seenBy } from '../src/index.ts';
import { answered } from '../src/reads.ts';
import { newClient, online, until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());

const message = (seq: number, senderId: string, deletedAt?: string) => ({ seq, senderId, deletedAt }) as Message;

test('an answer takes the place of what was known, except for what was told while it was on its way', () => {
  const reader = (userId: string, seq: number) => ({ userId, username: userId, seq });
  const before = { ann: 3, bob: 5, cid: 2 };
  // Bob hides now how far he has read, ann has read more than the answer says, and dan has read for the first time.
  const now = { ann: 7, bob: 5, cid: 2, dan: 4 };
  expect(answered(before, now, [reader('ann', 6), reader('cid', 4)])).toEqual({ ann: 7, cid: 4, dan: 4 });
  expect(answered(before, before, [])).toEqual({});
});

test('the members have seen a message who have read up to it, and its sender is not among them', () => {
  const members = ['ann', 'bob', 'cid', 'dan'].map((userId) => ({ userId, username: userId, role: 'member' as const }));
  const reads = { ann: 9, bob: 4, cid: 3, gone: 9 };
  const names = seenBy({ members, reads }, message(4, 'ann')).map(({ userId }) => userId);
  expect(names).toEqual(['bob']);
  expect(lastOf('ann', [message(1, 'ann'), message(2, 'ann'), message(3, 'ann', 'then'), message(4, 'bob')])?.seq).toBe(2);
  expect(lastOf('cid', [message(1, 'ann')])).toBeUndefined();
});

/** A room of ann's with bob and cid, which ann has in view, and a message of ann's. */
async function stage(): Promise<{ clients: ChatClient[]; rooms: Room[]; seq: number; seen: () => string[] }> {
  const clients = [1, 2, 3].map(() => newClient(server.url)) as [ChatClient, ChatClient, ChatClient];
  const [ann] = clients;
  const name = (n: number) => `reader-${n}-${Math.random().toString(36).slice(2, 8)}`;
  await Promise.all(clients.map((client, n) => client.register(name(n), 'correct horse battery')));
  await Promise.all(clients.map(online));
  const { roomId } = await ann.rest.createRoom({ roomName: 'Attic' });
  const rooms = await Promise.all(clients.map((client) => client.join(roomId)));
  await until(() => rooms.every((room) => room.cursor));
  await ann.send({ roomId, message: 'hello' });
  const [anns] = rooms as [Room, Room, Room];
  const seq = await until(() => anns.state.get().lastMessage?.seq);
  await until(() => rooms.every((room) => (room.cursor?.seq ?? 0) >= seq));
  const ids = () => seenBy(anns.state.get(), message(seq, ann.me() ?? '')).map(({ userId }) => userId);
  const seen = () => ids().map((id) => ['ann', 'bob', 'cid'][clients.findIndex((client) => client.me() === id)] as string);
  return { clients, rooms, seq, seen };
}

test('who has read is known when a room is opened, and from then on when it happens', async () => {
  const { clients, rooms, seq, seen } = await stage();
  const [ann, bob, cid] = clients as [ChatClient, ChatClient, ChatClient];
  const [anns, bobs, cids] = rooms as [Room, Room, Room];
  bobs.markRead(seq);
  // What was told while ann did not look is forgotten here: it is the answer that says it.
  await until(() => anns.state.get().reads[bob.me() ?? '']);
  anns.state.set({ reads: {} });
  const leave = anns.view();
  await until(() => seen().includes('bob'));
  cids.markRead(seq);
  await until(() => seen().length === 2);

  // Bob shows it no more. Ann is told so when the room is opened again.
  await bob.rest.changeMe({ showReads: false });
  leave();
  anns.view()();
  await until(() => seen().length === 1);
  expect(seen()).toEqual(['cid']);
  // Who hides it sees it of nobody.
  bobs.view();
  await until(() => bobs.state.get().members.length === 3);
  await until(async () => {
    bobs.view()();
    return Object.keys(bobs.state.get().reads).every((userId) => userId === bob.me());
  });
  for (const client of [ann, bob, cid]) client.stop();
});

test('in a direct room nothing is seen of each other once one blocks the other', async () => {
  const { clients } = await stage();
  const [ann, bob] = clients as [ChatClient, ChatClient];
  const { roomId } = await ann.rest.direct(bob.me() ?? '');
  const [anns, bobs] = [ann.room(roomId), bob.room(roomId)];
  await until(() => anns.cursor && bobs.isMember);
  await ann.send({ roomId, message: 'hello' });
  const seq = await until(() => anns.state.get().lastMessage?.seq);
  await until(() => (bobs.cursor?.seq ?? 0) >= seq);
  const leave = anns.view();
  bobs.markRead(seq);
  await until(() => (anns.state.get().reads[bob.me() ?? ''] ?? 0) >= seq);
  leave();
  await bob.rest.block(ann.me() ?? '');
  anns.view();
  await until(() => Object.keys(anns.state.get().reads).length === 0);
  for (const client of clients) client.stop();
});

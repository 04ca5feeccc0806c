import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChatClient, MemberView } from '../src/index.ts';
import { unknownRoom, withPresence } from '../src/state.ts';
import { newClient, online, until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());

test('a member who goes was there then, if that is told, and nobody else changes', () => {
  const [ann, bob] = ['ann', 'bob'].map((userId) => ({ userId, username: userId, role: 'member' as const }));
  const members = [ann, { ...bob, lastSeen: 'before' }] as MemberView[];
  const state = { ...unknownRoom('r'), members, online: [{ userId: 'bob', username: 'bob', state: 'online' as const }], onlineCount: 1 };
  const gone = { userId: 'bob', username: 'bob', state: 'offline' as const };
  expect(withPresence(state, { ...gone, lastSeen: 'then' })).toEqual({
    members: [ann, { ...bob, lastSeen: 'then' }],
    ...{ online: [], onlineCount: 0 },
  });
  expect(withPresence(state, gone).members?.[1]?.lastSeen).toBeUndefined();
  expect(withPresence(state, { ...gone, userId: 'eve', lastSeen: 'then' }).members).toBe(members);
});

test('of an absent member it is known when they were there, unless either of the two hides it', async () => {
  const clients = [1, 2].map(() => newClient(server.url)) as [ChatClient, ChatClient];
  const [ann, bob] = clients;
  const name = (n: number) => `seen-${n}-${Math.random().toString(36).slice(2, 8)}`;
  await Promise.all(clients.map((client, n) => client.register(name(n), 'correct horse battery')));
  await Promise.all(clients.map(online));
  const bobId = bob.me() as string;
  const { roomId } = await ann.rest.direct(bobId);
  const [anns, bobs] = [ann.room(roomId), bob.room(roomId)];
  await until(() => anns.cursor && bobs.cursor);
  anns.view();
  const state = () => anns.state.get();
  await until(() => state().online.some(({ userId }) => userId === bobId));
  const seen = () => state().members.find(({ userId }) => userId === bobId)?.lastSeen;
  const asked = async () => {
    await anns.loadMembers();
    return seen();
  };
  expect(await asked()).toBeUndefined();

  bob.stop();
  const told = await until(seen);
  expect(told).toMatch(/:00\.000Z$/);
  expect(Math.abs(Date.now() - Date.parse(told))).toBeLessThan(120_000);
  expect(await asked()).toBe(told);
  // Who hides their own sees no others'.
  await ann.rest.changeMe({ showLastSeen: false });
  expect((await ann.rest.me()).showLastSeen).toBe(false);
  expect(await asked()).toBeUndefined();
  await ann.rest.changeMe({ showLastSeen: true });
  expect(await asked()).toBe(told);
  await bob.rest.changeMe({ showLastSeen: false });
  expect(await asked()).toBeUndefined();
  ann.stop();
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChatClient, memoryKeep, Session } from '../src/index.ts';
import { newClient, online, until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());

const PASSWORD = 'correct horse battery';

test('tabs that refresh at once use the refresh token once', async () => {
  const keep = memoryKeep();
  const client = new ChatClient({ url: server.url, keep, WebSocket: undefined });
  const first = await client.rest.register('ann', PASSWORD);
  keep.set(first);
  let asked = 0;
  const fetch = (...args: Parameters<typeof globalThis.fetch>) => {
    asked += 1;
    return globalThis.fetch(...args);
  };
  const tabs = [1, 2, 3].map(() => new Session(keep, server.url, fetch));
  const tokens = await Promise.all(tabs.map((tab) => tab.refresh(first.token)));
  expect(asked).toBe(1);
  expect(new Set(tokens).size).toBe(1);
  expect(keep.get()?.refreshToken).not.toBe(first.refreshToken);
  expect((await client.rest.me()).username).toBe('ann');
});

test('a token that is about to expire is renewed before it is used', async () => {
  const keep = memoryKeep();
  const client = new ChatClient({ url: server.url, keep, WebSocket: undefined });
  const first = await client.rest.register('bob', PASSWORD);
  keep.set({ ...first, expiresAt: new Date(Date.now() + 1_000).toISOString() });
  expect((await client.rest.me()).username).toBe('bob');
  expect(keep.get()?.refreshToken).not.toBe(first.refreshToken);
});

test('whoever is logged out elsewhere is told why, and does not come back', async () => {
  const [here, there] = [newClient(server.url), newClient(server.url)];
  await here.register('cyn', PASSWORD);
  await there.login('cyn', PASSWORD);
  await Promise.all([online(here), online(there)]);
  await there.rest.logout(true);
  await until(() => here.state.get().ended === 'revoked');
  expect(here.state.get().me).toBe(null);
  expect(here.connection.state.get().name).toBe('idle');
  there.stop();
});

test('a guest whose name has become a user\u2019s is told so, and comes in under another one', async () => {
  const [guest, renewing] = [newClient(server.url), newClient(server.url)];
  await guest.guest('Fay');
  await online(guest);
  const { roomId } = await guest.rest.createRoom({ roomName: 'Names', kind: 'public' });
  const { token } = await renewing.rest.guest('Gil');
  for (const name of ['fay', 'gil']) await newClient(server.url).rest.register(name, PASSWORD);
  await expect(guest.join(roomId)).rejects.toMatchObject({ code: 'username-taken' });
  guest.connection.offline();
  guest.connection.retry();
  await until(() => guest.state.get().ended === 'username-taken');
  expect(guest.state.get().me).toBe(null);
  await guest.guest('Faye');
  await online(guest);
  await guest.join(roomId);
  renewing.session.keep.set({ token, userId: 'g', username: 'Gil' });
  await expect(renewing.session.refresh(token)).rejects.toMatchObject({ code: 'username-taken' });
  expect(renewing.session.current).toBe(null);
  guest.stop();
});

test('a guest who was gone for longer than the grace period is a member again', async () => {
  const dora = newClient(server.url);
  await dora.guest('Dora');
  await online(dora);
  const { roomId } = await dora.rest.createRoom({ roomName: 'Guests', kind: 'public' });
  const room = await dora.join(roomId);
  const eve = newClient(server.url);
  await eve.guest('Eve');
  await online(eve);
  const eves = await eve.join(roomId);
  dora.connection.offline();
  await until(() => eves.state.get().members.every((member) => member.username !== 'Dora'));
  await eve.send({ roomId, message: 'while you were away' });
  dora.connection.retry();
  room.view();
  await until(() => room.state.get().messages.length === 1 && room.isMember);
  await until(() => eves.state.get().members.some((member) => member.username === 'Dora'));
  for (const client of [dora, eve]) client.stop();
}, 60_000);

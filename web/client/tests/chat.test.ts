import { afterAll, beforeAll, expect, test } from 'vitest';
import { newClient, online, texts, until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());

test('two users write to each other in a private room', async () => {
  const [ann, ben] = [newClient(server.url), newClient(server.url)];
  await ann.register('ann', 'correct horse battery');
  await ben.register('ben', 'staple correct horse');
  await Promise.all([online(ann), online(ben)]);
  const { roomId } = await ann.rest.createRoom({ roomName: 'Garden', kind: 'private' });
  const garden = await until(() => ann.state.get().rooms.find((room) => room.roomId === roomId));
  garden.view();
  await ann.rest.addMember(roomId, ben.me() as string);
  const bens = await ben.join(roomId);
  bens.view();
  await ann.send({ roomId, message: 'one' });
  await until(() => texts(bens).includes('one'));
  await ben.send({ roomId, message: 'two', replyTo: bens.state.get().messages[0]?.seq });
  await until(() => texts(garden).length === 2);
  expect(texts(garden)).toEqual(['one', 'two']);
  expect(garden.state.get().unread).toBe(1);
  garden.markRead();
  expect(garden.state.get().unread).toBe(0);

  const first = garden.state.get().messages[0]?.seq as number;
  await garden.edit(first, 'one!');
  await bens.react(first, '👍');
  await until(() => bens.state.get().messages[0]?.message === 'one!' && garden.state.get().messages[0]?.reactions?.length === 1);
  bens.typing();
  await until(() => garden.state.get().typing[0]?.username === 'ben');
  await garden.delete(first);
  await until(() => bens.state.get().messages[0]?.deletedAt);
  await ann.rest.kick(roomId, ben.me() as string);
  await until(() => bens.state.get().membership === 'none');
  expect(bens.state.get().ended?.how).toBe('kicked');
  for (const client of [ann, ben]) client.stop();
});

// People who take another name while others are there, are away, or have lost the connection.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChatClient } from '../src/index.ts';
import { newClient, online, until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());

test('others see a new name at once wherever they see one, and after a lost connection when it is back', async () => {
  const clients = [1, 2].map(() => newClient(server.url)) as [ChatClient, ChatClient];
  const [ann, bob] = clients;
  await ann.register('ann', 'correct horse battery');
  await bob.register('bob', 'correct horse battery');
  await Promise.all(clients.map(online));
  const bobId = bob.me() as string;
  const { roomId } = await ann.rest.direct(bobId);
  const [anns, bobs] = [ann.room(roomId), bob.room(roomId)];
  await until(() => anns.cursor && bobs.cursor);
  let leave = anns.view();
  await bob.send({ roomId, message: 'by bob' });
  await until(() => anns.state.get().messages.length === 1 && anns.state.get().members.length === 2);
  await until(() => anns.state.get().online.some(({ userId }) => userId === bobId));

  /** All names by which ann sees bob, and whether he is there. */
  const seen = () => {
    const { messages, lastMessage, members, online, peer } = anns.state.get();
    const names = [...messages, lastMessage].filter((message) => message?.senderId === bobId).map((message) => message?.sender);
    const users = [...members, ...online, peer].filter((user) => user?.userId === bobId).map((user) => user?.username);
    return [...names, ...users];
  };
  await bob.rest.changeMe({ username: 'Robert' });
  await expect.poll(seen).toEqual(Array(5).fill('Robert'));
  await bob.send({ roomId, message: 'by Robert' });
  await expect.poll(seen).toEqual(Array(6).fill('Robert'));

  // Another device of one's own has it, too.
  const desk = newClient(server.url);
  await desk.login('Robert', 'correct horse battery');
  await online(desk);
  await until(() => desk.room(roomId).cursor);
  await bob.rest.changeMe({ username: 'Roberto' });
  await expect.poll(() => [desk, bob].map((client) => client.state.get().me?.username)).toEqual(['Roberto', 'Roberto']);
  desk.stop();

  // Whoever was away is told when they are back, also in a room that they look at only then.
  for (const [isViewed, name] of [
    [true, 'Rob'],
    [false, 'Bobby'],
  ] as const) {
    if (!isViewed) leave();
    ann.stop();
    const before = seen();
    await bob.rest.changeMe({ username: name });
    expect(seen()).toEqual(before);
    ann.start();
    await online(ann);
    if (!isViewed) leave = anns.view();
    await expect.poll(seen).toEqual(Array(6).fill(name));
  }
  for (const client of clients) client.stop();
});

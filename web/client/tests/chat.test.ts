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

test('the room with the last message comes first, with what it says, and a new message brings another one to the top', async () => {
  const [cleo, dan] = [newClient(server.url), newClient(server.url)];
  await cleo.register('cleo', 'correct horse battery');
  await dan.register('dan', 'staple correct horse');
  await Promise.all([online(cleo), online(dan)]);
  const rooms: string[] = [];
  for (const roomName of ['Attic', 'Barn']) {
    const { roomId } = await cleo.rest.createRoom({ roomName });
    await dan.join(roomId);
    rooms.push(roomId);
  }
  const [attic, barn] = rooms as [string, string];
  for (const [roomId, message] of [
    [barn, 'hay'],
    [attic, 'dust'],
  ] as const) {
    await cleo.send({ roomId, message });
    await until(() => dan.room(roomId).state.get().lastMessage?.message === message);
  }
  dan.stop();
  const again = newClient(server.url);
  await again.login('dan', 'staple correct horse');
  await online(again);
  const listed = () => again.state.get().rooms.filter((room) => rooms.includes(room.roomId));
  await until(() => listed().length === 2);
  const shown = listed().map(({ state }) => [state.get().roomName, state.get().lastMessage?.sender, state.get().lastMessage?.message]);
  expect(shown).toEqual([
    ['Attic', 'cleo', 'dust'],
    ['Barn', 'cleo', 'hay'],
  ]);
  await cleo.send({ roomId: barn, message: 'more hay' });
  await until(() => listed()[0]?.state.get().lastMessage?.message === 'more hay');
  const { rooms: page, next } = await again.rest.myRooms({ limit: 1 });
  expect(page[0]?.roomId).toBe(barn);
  expect(next).toBeTruthy();
  for (const client of [cleo, again]) client.stop();
});

test('what the inbox has told is told again to a page that begins anew', async () => {
  const [eve, finn] = [newClient(server.url), newClient(server.url)];
  await eve.register('eve', 'correct horse battery');
  await finn.register('finn', 'staple correct horse');
  await Promise.all([online(eve), online(finn)]);
  const [one, two] = await Promise.all(['one', 'two'].map((roomName) => eve.rest.createRoom({ roomName, kind: 'private' })));
  const invited = (client: typeof finn) => client.state.get().notices.map(({ notice }) => notice.kind === 'invited' && notice.roomId);
  await eve.rest.addMember(one?.roomId as string, finn.me() as string);
  await until(() => invited(finn).length === 1);
  const again = newClient(server.url, { credentials: finn.session.current ?? undefined });
  await until(() => invited(again).length === 1);
  await eve.rest.addMember(two?.roomId as string, finn.me() as string);
  for (const client of [finn, again]) {
    await until(() => invited(client).length === 2);
    expect(invited(client)).toEqual([one?.roomId, two?.roomId]);
  }
  await again.logout();
  expect(again.state.get().notices).toEqual([]);
  for (const client of [eve, finn, again]) client.stop();
});

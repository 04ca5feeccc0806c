import 'fake-indexeddb/auto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { browserOutbox, type ChatClient, memoryOutbox, type Room } from '../src/index.ts';
import { Line } from './line.ts';
import { newClient, online, texts, until } from './people.ts';
import { TestServer } from './server.ts';

let server: TestServer;
let line: Line;
let ann: ChatClient;
let ben: ChatClient;
let anns: Room;
let bens: Room;

beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());

let made = 0;
/** Ann is behind the bad line, Ben is not. */
beforeEach(async () => {
  made += 1;
  line = await Line.to(server.url);
  [ann, ben] = [newClient(line.url), newClient(server.url)];
  await ann.register(`ann${made}`, 'correct horse battery');
  await ben.register(`ben${made}`, 'staple correct horse');
  await Promise.all([online(ann), online(ben)]);
  const { roomId } = await ben.rest.createRoom({ roomName: 'Line', kind: 'public' });
  bens = await ben.join(roomId);
  anns = await ann.join(roomId);
  for (const room of [anns, bens]) room.view();
  await until(() => anns.state.get().loaded && bens.state.get().loaded);
});
afterEach(() => {
  for (const client of [ann, ben]) client.stop();
  line.close();
});

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index}`);

test('over a line that cuts, delays and doubles, each message comes once and in order', async () => {
  line.faults = { cutAfter: 12, delay: 5, double: true };
  const wanted = numbered('m', 40);
  for (const message of wanted) await ann.send({ roomId: anns.roomId, message });
  await until(() => texts(bens).length >= wanted.length);
  expect(texts(bens)).toEqual(wanted);
  await until(() => anns.state.get().pending.length === 0);
  expect(texts(anns)).toEqual(wanted);
  expect(line.cuts).toBeGreaterThan(2);
});

test('what was said while one was away comes once one is back, between what one wrote', async () => {
  ann.connection.offline();
  for (const message of numbered('away', 3)) await ann.send({ roomId: anns.roomId, message });
  const wanted = numbered('there', 50);
  for (const message of wanted) await ben.send({ roomId: bens.roomId, message });
  await until(() => texts(bens).length === 50);
  expect(texts(anns)).toEqual([]);
  ann.connection.retry();
  await until(() => texts(anns).length === 53);
  expect(texts(anns)).toEqual([...wanted, ...numbered('away', 3)]);
  await until(() => texts(bens).length === 53);
  expect(texts(bens)).toEqual(texts(anns));
});

test('a message that was dropped on the way is noticed and fetched', async () => {
  let dropped = 0;
  line.faults = { drop: (message) => message.includes('"new-message"') && message.includes('lost') && dropped++ === 0 };
  for (const message of ['one', 'lost', 'three']) await ben.send({ roomId: bens.roomId, message });
  await until(() => texts(anns).length === 3);
  expect(dropped).toBeGreaterThan(0);
  expect(texts(anns)).toEqual(['one', 'lost', 'three']);
});

test('a server that is killed and comes back has all that was acked, and gets the rest once', async () => {
  await ann.send({ roomId: anns.roomId, message: 'before' });
  await until(() => texts(bens).includes('before'));
  await server.kill();
  const wanted = numbered('meanwhile', 3);
  for (const message of wanted) await ann.send({ roomId: anns.roomId, message });
  await until(() => !ann.connection.isOnline);
  await server.start();
  for (const client of [ann, ben]) client.connection.retry();
  await until(() => texts(bens).length === 4);
  expect(texts(bens)).toEqual(['before', ...wanted]);
  await until(() => anns.state.get().pending.length === 0);
});

test('what waits outlives a reload, and is sent by the page that comes after', async () => {
  const outbox = browserOutbox(`reload ${made}`);
  const first = newClient(line.url, { credentials: ann.session.current ?? undefined, outbox });
  await online(first);
  first.connection.offline();
  for (const message of numbered('kept', 3)) await first.send({ roomId: anns.roomId, message });
  first.stop();
  const second = newClient(line.url, { credentials: ann.session.current ?? undefined, outbox });
  await until(() => texts(bens).length === 3);
  expect(texts(bens)).toEqual(numbered('kept', 3));
  await until(async () => (await outbox.all(second.me() as string)).length === 0);
  second.stop();
});

test('two tabs with one outbox send each message once', async () => {
  const outbox = memoryOutbox();
  const credentials = ann.session.current ?? undefined;
  const tabs = [newClient(line.url, { credentials, outbox }), newClient(line.url, { credentials, outbox })];
  await Promise.all(tabs.map(online));
  for (const tab of tabs) tab.connection.offline();
  for (const [index, tab] of tabs.entries())
    for (const message of numbered(`tab${index}`, 5)) await tab.send({ roomId: anns.roomId, message });
  for (const tab of tabs) tab.connection.retry();
  await until(() => texts(bens).length >= 10);
  await until(() => tabs.every((tab) => tab.room(anns.roomId).state.get().pending.length === 0));
  expect([...texts(bens)].sort()).toEqual([...numbered('tab0', 5), ...numbered('tab1', 5)].sort());
  for (const tab of tabs) tab.stop();
});

test('a message that is refused waits for its writer, and holds back no other', async () => {
  await ben.rest.changeRoom(bens.roomId, { archived: true });
  await until(() => anns.state.get().archived);
  await ann.send({ roomId: anns.roomId, message: 'too late' });
  const failed = await until(() => anns.state.get().pending.find((item) => item.failed));
  expect(failed.failed?.code).toBe('archived');
  await ben.rest.changeRoom(bens.roomId, { archived: false });
  await ann.send({ roomId: anns.roomId, message: 'next' });
  await until(() => texts(bens).includes('next'));
  await ann.outbox.retry(failed.clientId);
  await until(() => texts(bens).includes('too late'));
  expect(anns.state.get().pending).toEqual([]);
});

test('a direct room shows with whom it is, whichever of the notice and the subscription comes first', async () => {
  // The notice in the inbox is lost, so that the subscription comes first.
  line.faults = { drop: (message) => message.includes('direct-opened') };
  const { roomId } = await ben.rest.direct(ann.me() as string);
  await ben.send({ roomId, message: 'between us' });
  const direct = await until(() => ann.state.get().rooms.find((room) => room.roomId === roomId));
  await until(() => direct.state.get().peer?.userId === ben.me());
  await until(() => direct.state.get().lastMessage?.message === 'between us');
});

test('a message whose ack was lost is there once', async () => {
  line.faults = { drop: (message) => /"action":"(sent|new-message)"/.test(message) };
  await ann.send({ roomId: anns.roomId, message: 'once' });
  await until(() => texts(bens).includes('once'));
  line.faults = {};
  line.cut();
  await until(() => anns.state.get().pending.length === 0 && ann.connection.isOnline);
  await ann.send({ roomId: anns.roomId, message: 'next' });
  await until(() => texts(bens).includes('next') && texts(anns).includes('next'));
  expect([texts(anns), texts(bens)]).toEqual([
    ['once', 'next'],
    ['once', 'next'],
  ]);
});

test('a room that one joins while the list of rooms is on its way is not taken for gone', async () => {
  const { roomId } = await ben.rest.createRoom({ roomName: 'Other', kind: 'public' });
  line.faults = { hold: (message) => message.includes('"action":"my-rooms"') };
  ann.refreshRooms();
  await ann.connection.ask({ action: 'online', roomId: anns.roomId }, 'online');
  const room = await ann.join(roomId);
  const ends: unknown[] = [];
  room.state.watch(() => room.isMember || ends.push(room.state.get().ended));
  line.release();
  await until(() => room.state.get().createdAt);
  expect(ends).toEqual([]);
});

test('a list of rooms that comes in late leaves what has come meanwhile unread', async () => {
  const { roomId } = await ben.rest.createRoom({ roomName: 'Other', kind: 'public' });
  const [room, bensRoom] = [await ann.join(roomId), await ben.join(roomId)];
  await until(() => room.state.get().createdAt);
  line.faults = { hold: (message) => message.includes('"action":"my-rooms"') };
  ann.refreshRooms();
  await until(() => line.held > 0);
  await ben.send({ roomId, message: 'hello', mentions: [ann.me() as string] });
  await until(() => bensRoom.state.get().lastMessage);
  await until(() => room.state.get().unread === 1);
  line.release();
  await ann.connection.ask({ action: 'online', roomId }, 'online');
  const { unread, mentions, lastMessage } = room.state.get();
  expect([unread, mentions, lastMessage?.message]).toEqual([1, 1, 'hello']);
});

test('a page that begins in a room has its messages, though they come after the list of rooms', async () => {
  await ben.send({ roomId: bens.roomId, message: 'here' });
  line.faults = { hold: (message) => message.includes('"action":"history"') };
  const page = newClient(line.url, { credentials: ann.session.current ?? undefined });
  const room = page.room(anns.roomId);
  room.view();
  await until(() => page.state.get().listed);
  line.release();
  await until(() => texts(room).includes('here'));
  page.stop();
});

test('a command whose answer was lost is done once', async () => {
  await ben.send({ roomId: bens.roomId, message: 'react to me' });
  const seq = await until(() => anns.state.get().messages[0]?.seq);
  let dropped = 0;
  line.faults = { drop: (message) => message.includes('"done"') && dropped++ === 0 };
  const reacting = anns.react(seq, '🎉');
  await until(() => dropped > 0);
  line.cut();
  await reacting;
  await until(() => bens.state.get().messages[0]?.reactions);
  expect(bens.state.get().messages[0]?.reactions).toEqual([{ emoji: '🎉', users: [ann.me()] }]);
});

test('a room that is deleted ends, and so does a membership', async () => {
  await ben.rest.deleteRoom(bens.roomId);
  await until(() => anns.state.get().membership === 'none');
  expect(ann.state.get().rooms.filter((room) => room.roomId === anns.roomId)).toEqual([]);
});

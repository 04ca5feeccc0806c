import 'fake-indexeddb/auto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newest } from '../src/history.ts';
import { browserHistory, type ChatClient, type HistoryStore, type KeptRoom, type Message } from '../src/index.ts';
import { KEPT_BYTES, KEPT_MESSAGES, KEPT_ROOMS } from '../src/limits.ts';
import { newClient, online, texts, until } from './people.ts';
import { TestServer } from './server.ts';

const PASSWORD = 'correct horse battery';

let server: TestServer;
let made = 0;
let history: HistoryStore;
const clients: ChatClient[] = [];

beforeAll(async () => {
  server = await TestServer.start('--limits', 'off');
});
afterAll(() => server.remove());
beforeEach(() => {
  made += 1;
  history = browserHistory(`history ${made}`);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
});

const say = (seq: number, message = `${seq}`): Message => ({
  seq,
  message,
  sender: 'Ann',
  senderId: 'ann',
  timestamp: '2026-11-28T20:00:00.000Z',
});
const room = (roomId: string, at = 1, messages = [say(1)], userId = 'ann'): KeptRoom => ({
  userId,
  roomId,
  epoch: 'e',
  seq: 1,
  messages,
  at,
});
const kept = async (client: ChatClient, roomId: string) =>
  (await history.get(client.me() as string, roomId))?.messages.map((message) => message.message);

/** Somebody who uses the store of this test, and a room of theirs. */
async function somebody(name: string): Promise<ChatClient> {
  const client = newClient(server.url, { history });
  clients.push(client);
  await client.register(`${name}${made}`, PASSWORD);
  await online(client);
  return client;
}

async function other(roomId: string): Promise<ChatClient> {
  const client = newClient(server.url);
  clients.push(client);
  await client.register(`other${made}`, PASSWORD);
  await online(client);
  await client.join(roomId);
  return client;
}

const makeRoom = async (client: ChatClient) => {
  const { roomId } = await client.rest.createRoom({ roomName: 'Kept', kind: 'public' });
  return client.join(roomId);
};

test('of each room the newest messages are kept, so many and so many bytes', () => {
  const many = Array.from({ length: KEPT_MESSAGES + 9 }, (_, at) => say(at + 1));
  expect(newest(many)).toEqual(many.slice(9));
  const long = [1, 2, 3].map((seq) => say(seq, 'ä'.repeat(KEPT_BYTES / 5)));
  expect(newest(long)).toEqual(long.slice(1));
});

test('the rooms that were looked at last are kept', async () => {
  const names = Array.from({ length: KEPT_ROOMS + 2 }, (_, at) => `room-${at}`);
  for (const [at, name] of names.entries()) await history.put(room(name, at));
  await history.put(room('elsewhere', 0, [say(1)], 'ben'));
  expect((await history.all('ann')).map((each) => each.roomId)).toEqual(names.slice(2).reverse());
  expect((await history.all('ben')).length).toBe(1);
});

test('what others had read is erased', async () => {
  await history.put(room('a', 1, [say(1)], 'ann'));
  await history.put(room('a', 1, [say(1)], 'ben'));
  await history.forget('ben');
  expect([await history.all('ann'), (await history.all('ben')).length]).toEqual([[], 1]);
  await history.forget();
  expect(await history.all('ben')).toEqual([]);
});

test('a page that begins without its server shows what was read last, and then what the server has', async () => {
  const ann = await somebody('ann');
  const talk = await makeRoom(ann);
  const leave = talk.view();
  for (const message of ['one', 'two']) await ann.send({ roomId: talk.roomId, message });
  await until(async () => (await kept(ann, talk.roomId))?.length === 2);
  leave();
  const { roomId } = talk;
  const credentials = ann.session.current as NonNullable<typeof ann.session.current>;
  ann.stop();

  const without = newClient('http://127.0.0.1:1', { credentials, history });
  clients.push(without);
  without.room(roomId).remembered({ roomId, roomName: 'Kept', kind: 'public' });
  without.room(roomId).view();
  await until(() => without.room(roomId).state.get().kept);
  expect(texts(without.room(roomId))).toEqual(['one', 'two']);
  without.stop();

  // Far more has been said meanwhile than a page has, and read elsewhere.
  const ben = await other(roomId);
  for (let at = 0; at < 60; at += 1) await ben.send({ roomId, message: `more ${at}` });
  await until(() => ben.room(roomId).cursor && ben.room(roomId).state.get().pending.length === 0);
  const elsewhere = newClient(server.url, { credentials });
  clients.push(elsewhere);
  await online(elsewhere);
  await elsewhere.connection.ask({ action: 'read', roomId, seq: ben.room(roomId).cursor?.seq as number });
  const again = newClient(server.url, { credentials, history });
  clients.push(again);
  again.room(roomId).remembered({ roomId, roomName: 'Kept', kind: 'public' });
  again.room(roomId).view();
  await until(() => again.room(roomId).state.get().loaded);
  expect(again.room(roomId).state.get().kept).toBe(false);
  const shown = texts(again.room(roomId));
  expect([shown.at(-1), shown.includes('two')]).toEqual(['more 59', false]);
});

test('what is deleted is erased, in rooms that nobody looks at, too', async () => {
  const ann = await somebody('ann');
  const talk = await makeRoom(ann);
  const leave = talk.view();
  for (const message of ['stays', 'goes']) await ann.send({ roomId: talk.roomId, message });
  await until(async () => (await kept(ann, talk.roomId))?.length === 2);
  leave();
  const goes = talk.state.get().messages.find((message) => message.message === 'goes');
  await talk.delete(goes?.seq as number);
  await until(async () => (await kept(ann, talk.roomId))?.join() === 'stays,');
  expect(JSON.stringify(await history.all(ann.me() as string))).not.toContain('goes');
});

test('what was deleted while this client was away is erased once it is back, without a look at the room', async () => {
  const ann = await somebody('ann');
  const talk = await makeRoom(ann);
  const leave = talk.view();
  await ann.send({ roomId: talk.roomId, message: 'goes' });
  await until(async () => (await kept(ann, talk.roomId))?.length === 1);
  leave();
  const credentials = ann.session.current as NonNullable<typeof ann.session.current>;
  ann.stop();
  const elsewhere = newClient(server.url, { credentials });
  clients.push(elsewhere);
  await until(() => elsewhere.state.get().listed);
  await elsewhere.room(talk.roomId).delete(talk.state.get().messages[0]?.seq as number);
  expect(await kept(ann, talk.roomId)).toEqual(['goes']);
  const back = newClient(server.url, { credentials, history });
  clients.push(back);
  await until(async () => (await kept(back, talk.roomId))?.join() === '');
});

test('nothing is kept of a room that one has left, nor of anything once one is logged out', async () => {
  const ann = await somebody('ann');
  const [first, second] = [await makeRoom(ann), await makeRoom(ann)];
  for (const each of [first, second]) {
    each.view();
    await ann.send({ roomId: each.roomId, message: 'here' });
  }
  const me = ann.me() as string;
  await until(async () => (await history.all(me)).length === 2);
  await first.leave();
  await until(async () => (await history.all(me)).length === 1);
  expect((await history.all(me))[0]?.roomId).toBe(second.roomId);
  await ann.logout();
  await until(async () => (await history.all(me)).length === 0);
});

test('a browser that keeps nothing shows what the server says', async () => {
  const broken = () => Promise.reject(new Error('no'));
  history = { get: broken, all: broken, put: broken, change: broken, delete: broken, forget: broken };
  const ann = await somebody('ann');
  const talk = await makeRoom(ann);
  talk.view();
  await ann.send({ roomId: talk.roomId, message: 'here' });
  await until(() => texts(talk).includes('here') && talk.state.get().pending.length === 0);
});

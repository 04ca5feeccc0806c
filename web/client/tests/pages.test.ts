// How much of its history a room asks for when it is opened: so much that where the unread messages begin is there, up to a limit.

import { expect, test } from 'vitest';
import { Archive } from '../src/archive.ts';
import type { Host } from '../src/host.ts';
import { type Message, noHistory, Room } from '../src/index.ts';
import { HISTORY_MOST, HISTORY_PAGE, MESSAGES_KEPT, OPENING_PAGES, REACH_PAGES } from '../src/limits.ts';

const said = (seq: number): Message => ({ seq, sender: 'bob', senderId: 'bob', timestamp: `at ${seq}`, message: `m${seq}` });

/** A room of so many messages, of which so many have been read, and what is asked of its server. */
function roomOf(count: number, read: number, meanwhile: (asked: number) => void = () => undefined) {
  const log = Array.from({ length: count }, (_, at) => said(at + 1));
  const asked: { before?: number; limit: number }[] = [];
  const ask = async ({ action, before = count + 1, limit = 0 }: { action: string; before?: number; limit?: number }) => {
    if (action !== 'history') return { reads: [], members: [], online: [], memberCount: 2, onlineCount: 0 };
    asked.push({ before, limit });
    await Promise.resolve();
    meanwhile(asked.length);
    return { epoch: 'e', head: count, messages: log.slice(Math.max(0, before - 1 - limit), before - 1) };
  };
  const connection = { isOnline: true, ask } as never;
  const common = { connection, me: () => 'ann', arrived: () => undefined, settled: () => undefined, refreshRooms: () => undefined };
  const room = new Room('r', { ...common, archive: new Archive(noHistory, () => 'ann', connection) } as unknown as Host);
  room.listed({
    ...{ roomId: 'r', roomName: 'Cellar', kind: 'private', history: 'everything', createdAt: '', epoch: 'e', memberCount: 2 },
    ...{ role: 'member', head: count, read, unread: count - read, mentions: 0, lastMessage: said(count), activeAt: '' },
  });
  const seqs = () => room.state.get().messages.map(({ seq }) => seq);
  return { room, asked, seqs, first: () => seqs()[0] };
}

const edited = (seq: number, target: number) =>
  ({
    action: 'message-edited',
    roomId: 'r',
    sender: 'bob',
    senderId: 'bob',
    seq,
    after: seq - 1,
    timestamp: '',
    target,
    message: 'new',
  }) as const;

test('of a room of which all is read a page is asked for', async () => {
  const { room, asked, first } = roomOf(1_000, 1_000);
  await room.load();
  expect([asked.map(({ limit }) => limit), first()]).toEqual([[HISTORY_PAGE], 951]);
});

test('where the unread ones begin is there at once, with what is above', async () => {
  const { room, asked, first } = roomOf(1_000, 880);
  await room.load();
  expect([asked.map(({ limit }) => limit), first()]).toEqual([[120 + HISTORY_PAGE], 831]);
});

test('where they begin is looked for on some pages, and no further', async () => {
  const some = roomOf(2_000, 1_700);
  await some.room.load();
  expect([some.asked.length, some.first()]).toEqual([2, 1_601]);
  const many = roomOf(2_000, 300);
  await many.room.load();
  expect(many.asked).toEqual([2_001, 1_801, 1_601].map((before) => ({ before, limit: HISTORY_MOST })));
  expect([many.asked.length, many.first(), many.room.state.get().unread]).toEqual([OPENING_PAGES, 1_401, 1_700]);
  expect(many.seqs().length, 'each once').toBe(600);
});

test('what is changed while further pages are on their way is as it is then', async () => {
  const { room, first, seqs } = roomOf(500, 50, (asked) => {
    if (asked === 2) room.entry(edited(501, 450));
    if (asked === 3) room.entry({ ...edited(502, 1), ...said(502), action: 'new-message', after: 501 });
  });
  await room.load();
  expect([first(), seqs().at(-1), seqs().length]).toEqual([1, 502, 501]);
  expect(room.state.get().messages.find(({ seq }) => seq === 450)?.message).toBe('new');
});

test('if a further page does not come, what is there is shown, and why', async () => {
  const { room, first } = roomOf(1_000, 100, (asked) => {
    if (asked === 2) throw new Error('the line is bad');
  });
  await room.load();
  expect([first(), room.state.get().loaded, room.state.get().loading]).toEqual([801, true, false]);
  expect(room.state.get().error?.message).toBe('the line is bad');
});

test('whoever asks for older ones while some are on their way waits for these', async () => {
  const { room, asked, first } = roomOf(1_000, 1_000);
  await room.load();
  await Promise.all([room.older(), room.older()]);
  expect([asked.length, first()]).toEqual([2, 901]);
});

test('a room that was left with more unread than is kept is opened anew', async () => {
  const { room, asked, first } = roomOf(1_000, 600);
  let leave = room.view();
  await room.load();
  expect(asked.length).toBe(2);
  leave();
  expect(room.state.get()).toMatchObject({ loaded: false, messages: [], unread: 400 });
  leave = room.view();
  await room.load();
  expect([asked.length, first()]).toEqual([4, 601]);
  room.markRead();
  leave();
  expect(room.state.get().messages.length, 'what is read is kept').toBe(MESSAGES_KEPT);
});

test('a message that one goes to is looked for on so many of the largest pages, and it is said what became of it', async () => {
  const { room, asked, first, seqs } = roomOf(3_000, 3_000);
  // Whoever asks while the first page is on its way waits for that.
  const [, found] = await Promise.all([room.load(), room.reach(2_980)]);
  expect([found, asked.length]).toEqual(['here', 1]);
  expect(await room.reach(2_500)).toBe('here');
  expect([asked.length, first()]).toEqual([4, 2_351]);
  expect(await room.reach(7)).toBe('beyond');
  expect([asked.length, first()]).toEqual([4 + REACH_PAGES, 351]);
  expect(await room.reach(7)).toBe('here');
  expect(seqs().length, 'each once').toBe(3_000 - (first() ?? 0) + 1);
  expect(await room.reach(3_001)).toBe('gone');
});

test('why a message cannot be gone to is said', async () => {
  const { room } = roomOf(1_000, 1_000, (asked) => {
    if (asked > 2) throw new Error('the line is bad');
  });
  await room.load();
  await expect(room.reach(500)).rejects.toThrow('the line is bad');
  expect(await room.reach(800), 'what did come is there').toBe('here');
});

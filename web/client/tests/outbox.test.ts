// The outbox of several tabs, which share what the browser keeps and nothing else: no locks.

import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { browserOutbox, ChatError, type OutboxItem, type OutboxStore, type WaitingItem } from '../src/index.ts';
import { KEEP_WITHIN, LOOK_EVERY } from '../src/limits.ts';
import { Outbox } from '../src/outbox.ts';
import { until } from './people.ts';

const ROOM = 'room';
let made = 0;
let tabs: Tab[] = [];

beforeEach(() => {
  made += 1;
  tabs = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  for (const tab of tabs) tab.outbox.stop();
  vi.useRealTimers();
});

/** What a server has taken, each client id once. */
const log: string[] = [];
beforeEach(() => void log.splice(0));

class Tab {
  isOnline = true;
  shown: readonly WaitingItem[] = [];
  sent: string[] = [];
  /** What the server answers, unless it takes the message. */
  refuses: ((item: OutboxItem) => Promise<never>) | undefined;
  readonly outbox: Outbox;

  constructor(readonly store: OutboxStore = browserOutbox(`outbox ${made}`)) {
    this.outbox = new Outbox(store, {
      isOnline: () => this.isOnline,
      userId: () => 'ann',
      send: async (item) => {
        await this.refuses?.(item);
        this.sent.push(item.message);
        if (!log.includes(item.message)) log.push(item.message);
        return { action: 'sent', roomId: ROOM, epoch: 'e', seq: log.indexOf(item.message) + 1, timestamp: item.at };
      },
      sent: () => undefined,
      changed: (items) => {
        this.shown = items;
      },
    });
    tabs.push(this);
    this.outbox.start();
  }

  write = (message: string) => this.outbox.add({ clientId: `id ${message}`, roomId: ROOM, userId: 'ann', username: 'Ann', message });
  marks = () => this.shown.map((item) => item.kept);
  texts = () => this.shown.map((item) => item.message);
  kept = async () => (await this.store.all('ann')).map((item) => item.message).sort();
  /** The tab is closed without a word, as a process that is killed. */
  vanish = () => {
    this.isOnline = false;
    this.outbox.stop();
  };
}

const refuse = (code: string) => () => Promise.reject(new ChatError({ code, message: code }));

test('what waits is shown in every tab, and is sent by the one that wrote it', async () => {
  const [first, second] = [new Tab(), new Tab()];
  first.isOnline = false;
  await first.write('one');
  await until(() => second.texts().includes('one'));
  expect(second.sent).toEqual([]);
  first.isOnline = true;
  await first.outbox.online();
  await until(() => first.texts().length === 0 && second.texts().length === 0);
  expect([first.sent, second.sent]).toEqual([['one'], []]);
});

test('what a tab wrote that is gone is sent by another one, after a while', async () => {
  const [first, second] = [new Tab(), new Tab()];
  first.isOnline = false;
  for (const text of ['one', 'two', 'three']) await first.write(text);
  first.vanish();
  await until(() => second.texts().length === 3);
  await vi.advanceTimersByTimeAsync(LOOK_EVERY);
  await second.outbox.flush();
  expect(second.sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(LOOK_EVERY);
  await until(() => log.length === 3);
  expect(log).toEqual(['one', 'two', 'three']);
  await until(async () => (await second.kept()).length === 0);
});

test('a page that is loaded anew sends at once what waited, before what is written in it', async () => {
  const before = new Tab();
  before.isOnline = false;
  for (const text of ['one', 'two']) await before.write(text);
  before.vanish();
  // The browser takes its time to say what it has kept.
  const slow = browserOutbox(`outbox ${made}`);
  const all = slow.all;
  slow.all = async (userId) => {
    await new Promise((done) => setTimeout(done, 50));
    return all(userId);
  };
  const after = new Tab(slow);
  // The clock has gone back meanwhile.
  const clock = vi.spyOn(Date, 'now').mockReturnValue(1_000);
  await after.write('three');
  clock.mockRestore();
  await until(() => log.length === 3);
  expect(log).toEqual(['one', 'two', 'three']);
});

test('a message that was thrown away in one tab is gone in all, and comes back in none', async () => {
  const [first, second] = [new Tab(), new Tab()];
  first.refuses = refuse('archived');
  await first.write('no');
  await until(() => second.shown[0]?.failed);
  first.outbox.discard('id no');
  await until(() => second.texts().length === 0);
  for (let look = 0; look < 3; look += 1) await vi.advanceTimersByTimeAsync(LOOK_EVERY);
  await Promise.all([first.outbox.look(), second.outbox.look()]);
  expect([first.texts(), second.texts(), await first.kept(), log]).toEqual([[], [], [], []]);
});

test('a message that is thrown away while the server refuses it does not come back', async () => {
  const tab = new Tab();
  let answer: () => void = () => undefined;
  tab.refuses = () => new Promise((_, failed) => (answer = () => failed(new ChatError({ code: 'archived', message: '' }))));
  await tab.write('no');
  await until(async () => (await tab.kept()).length === 1);
  tab.outbox.discard('id no');
  await until(async () => (await tab.kept()).length === 0);
  answer();
  await tab.outbox.look();
  expect([tab.texts(), await tab.kept()]).toEqual([[], []]);
});

test('what another tab has sent or thrown away meanwhile is not put back by a refusal, or by a retry', async () => {
  const [first, second] = [new Tab(), new Tab()];
  first.refuses = refuse('archived');
  await first.write('no');
  const failed = await until(() => second.shown.find((item) => item.failed));
  // The second tab is not told in time: it takes the first one's change for what is there.
  await first.store.delete(failed.clientId);
  await second.outbox.retry(failed.clientId);
  await second.outbox.look();
  expect([second.texts(), await second.kept(), second.sent]).toEqual([[], [], []]);
});

test('two tabs that come back together send each message in order, and the server takes it once', async () => {
  const [first, second] = [new Tab(), new Tab()];
  for (const tab of [first, second]) tab.isOnline = false;
  for (const text of ['one', 'two']) await first.write(text);
  for (const text of ['three', 'four']) await second.write(text);
  await until(() => first.texts().length === 4 && second.texts().length === 4);
  for (const tab of [first, second]) tab.isOnline = true;
  await Promise.all([first.outbox.online(), second.outbox.online()]);
  await until(() => log.length === 4);
  expect(log.filter((text) => ['one', 'two'].includes(text))).toEqual(['one', 'two']);
  expect(log.filter((text) => ['three', 'four'].includes(text))).toEqual(['three', 'four']);
  await until(async () => (await first.kept()).length === 0 && first.texts().length === 0 && second.texts().length === 0);
});

test('where the browser keeps nothing, messages wait in memory', async () => {
  const broken = () => Promise.reject(new Error('no'));
  const tab = new Tab({ all: broken, put: broken, replace: broken, delete: broken, watch: () => () => undefined });
  tab.isOnline = false;
  for (const text of ['one', 'two']) await tab.write(text);
  await tab.outbox.look();
  expect([tab.texts(), tab.marks()]).toEqual([
    ['one', 'two'],
    ['no', 'no'],
  ]);
  tab.isOnline = true;
  await tab.outbox.online();
  await until(() => tab.texts().length === 0);
  expect(log).toEqual(['one', 'two']);
});

/** A store that takes nothing before it is told to go on. */
function slowly(): { store: OutboxStore; goOn: () => void } {
  const store = browserOutbox(`outbox ${made}`);
  let goOn: () => void = () => undefined;
  const told = new Promise<void>((done) => (goOn = done));
  const put = (item: OutboxItem) => told.then(() => store.put(item));
  return { goOn, store: { ...store, put, delete: (clientId) => told.then(() => store.delete(clientId)) } };
}

test('a message is shown at once, and marked until the browser has kept it', async () => {
  const { store, goOn } = slowly();
  const tab = new Tab(store);
  await tab.outbox.flush();
  tab.isOnline = false;
  const written = tab.write('one');
  expect([tab.texts(), tab.marks()]).toEqual([['one'], ['soon']]);
  goOn();
  await written;
  expect([tab.marks(), await tab.kept()]).toEqual([['yes'], ['one']]);
});

test('where the browser never answers, messages are sent all the same, and are kept should it do so at last', async () => {
  const { store, goOn } = slowly();
  const tab = new Tab(store);
  await tab.outbox.flush();
  const began = performance.now();
  await tab.write('one');
  await until(() => log.length === 1 && tab.texts().length === 0);
  expect(performance.now() - began).toBeGreaterThan(KEEP_WITHIN / 2);
  tab.isOnline = false;
  await tab.write('two');
  expect(tab.marks()).toEqual(['no']);
  goOn();
  await until(() => tab.marks()[0] === 'yes');
  await until(async () => String(await tab.kept()) === 'two');
});

test('a message that was not kept and is refused stays there for its writer', async () => {
  const store = browserOutbox(`outbox ${made}`);
  const tab = new Tab({ ...store, put: () => Promise.reject(new Error('full')) });
  tab.refuses = refuse('archived');
  await tab.write('no');
  await until(() => tab.shown[0]?.failed);
  await tab.outbox.look();
  expect([tab.texts(), tab.marks()]).toEqual([['no'], ['no']]);
});

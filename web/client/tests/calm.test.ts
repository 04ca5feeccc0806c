import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchCalmly } from '../src/calm.ts';
import { Store } from '../src/index.ts';
import { DRAW_EVERY } from '../src/limits.ts';
import type { RoomState } from '../src/state.ts';

let store: Store<RoomState>;
/** How much was unread whenever it was told that something has changed. */
let told: number[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  store = new Store({ unread: 0, messages: [], pending: [], loading: false } as unknown as RoomState);
  told = [];
  stop = watchCalmly(store, () => void told.push(store.get().unread));
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

const comes = (unread: number) => store.set({ unread });
const now = () => vi.advanceTimersByTimeAsync(0);

test('what comes alone is told at once, and all that it changes together', async () => {
  comes(1);
  store.set({ messages: [] });
  await now();
  expect(told).toEqual([1]);
  await vi.advanceTimersByTimeAsync(DRAW_EVERY);
  comes(2);
  await now();
  expect(told).toEqual([1, 2]);
});

test('of what comes fast the first is told at once and the last in time, and not each', async () => {
  for (let unread = 1; unread <= 50; unread += 1) {
    comes(unread);
    await vi.advanceTimersByTimeAsync(20);
  }
  await vi.advanceTimersByTimeAsync(DRAW_EVERY);
  expect([told[0], told.at(-1)]).toEqual([1, 50]);
  expect(told.length).toBeLessThanOrEqual(1_000 / DRAW_EVERY + 2);
  expect(told.length).toBeGreaterThanOrEqual(1_000 / DRAW_EVERY - 2);
});

test('what one does oneself, or has asked for, does not wait', async () => {
  comes(1);
  await now();
  comes(2);
  await now();
  expect(told).toEqual([1]);
  store.set({ pending: [] });
  await now();
  expect(told).toEqual([1, 2]);
  store.set({ loading: true });
  await now();
  expect(told.length).toBe(3);
  await vi.advanceTimersByTimeAsync(DRAW_EVERY);
  expect(told.length, 'nothing more is left to tell').toBe(3);
});

test('whoever does not watch any more is told nothing', async () => {
  comes(1);
  await now();
  comes(2);
  stop();
  await vi.advanceTimersByTimeAsync(DRAW_EVERY);
  comes(3);
  await now();
  expect(told).toEqual([1]);
});

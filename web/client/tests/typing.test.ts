import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Typing, type Writers } from '../src/typing.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [ann, ben] = ['ann', 'ben'].map((name) => ({ userId: name, username: name })) as [Writers[0], Writers[0]];

test('whoever writes is shown until what they write has come, or for a while', () => {
  let shown: Writers = [];
  const typing = new Typing((next) => {
    shown = next(shown);
  });
  const names = () => shown.map((user) => user.username);
  typing.told(ann);
  typing.told(ben);
  expect(names()).toEqual(['ann', 'ben']);
  typing.spoke('ann');
  // Told too late: it is of the message that has come.
  typing.told(ann);
  expect(names()).toEqual(['ben']);
  vi.advanceTimersByTime(1_000);
  typing.told(ann);
  expect(names()).toEqual(['ben', 'ann']);
  vi.advanceTimersByTime(4_000);
  expect(names()).toEqual(['ann']);
  vi.advanceTimersByTime(1_000);
  expect(names()).toEqual([]);
});

import { expect, test } from 'vitest';
import { caughtUp, HISTORY_PAGE, isFull, type Line, MOST_LINES, NOTHING, type Talk, withNew, withOlder } from '../shared/lines.ts';

const line = (number: number, text = ''): Line => ({ number, at: '2026-01-01T00:00:00Z', from: 'ann', text });
const lines = (from: number, to: number): Line[] => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
const talk = (from: number, to: number, hasOlder = false): Talk => ({ lines: lines(from, to), hasOlder });
const span = ({ lines, hasOlder }: Talk) => [lines[0]?.number, lines.at(-1)?.number, lines.length, hasOlder];

test('what comes twice is there once, in its order, as it was said last', () => {
  const known = withNew(NOTHING, line(3), line(1, 'before'), line(1, 'after'));
  expect(known.lines.map(({ number, text }) => [number, text])).toEqual([
    [1, 'after'],
    [3, ''],
  ]);
});

test('the oldest are given up where there are too many, and can be asked for again', () => {
  const full = withNew(talk(1, MOST_LINES), line(MOST_LINES + 1));
  expect(span(full)).toEqual([2, MOST_LINES + 1, MOST_LINES, true]);
  expect(isFull(full)).toBe(true);
  expect(span(withOlder(talk(201, 300, true), lines(1, 200)))).toEqual([1, 300, 300, true]);
  expect(span(withOlder(talk(1, 300, true), []))).toEqual([1, 300, 300, false]);
});

test('after time without a connection what is known has no hole', () => {
  // The page reaches back to what was known.
  expect(span(caughtUp(talk(1, 50, true), lines(40, 60)))).toEqual([1, 60, 60, true]);
  // It does not: what was known is given up.
  expect(span(caughtUp(talk(1, 50), lines(101, 100 + HISTORY_PAGE)))).toEqual([101, 100 + HISTORY_PAGE, HISTORY_PAGE, true]);
  // What came while it was asked for is no sign that nothing is missing.
  const now = withNew(talk(1, 50), line(301));
  expect(span(caughtUp(talk(1, 50), lines(101, 300), now))).toEqual([101, 301, 201, true]);
});

test('what was heard before a conversation was opened does not hide what is older', () => {
  expect(span(caughtUp({ lines: [line(500)], hasOlder: false }, lines(301, 500)))).toEqual([301, 500, 200, true]);
  expect(span(caughtUp(NOTHING, lines(1, 3)))).toEqual([1, 3, 3, false]);
  expect(span(caughtUp(NOTHING, []))).toEqual([undefined, undefined, 0, false]);
});

test('what was said while an empty page was on its way is not lost', () => {
  expect(span(caughtUp(NOTHING, [], talk(1, 2)))).toEqual([1, 2, 2, false]);
  // A history that is empty now was another one.
  expect(span(caughtUp(talk(1, 2), [], withNew(talk(1, 2), line(3))))).toEqual([3, 3, 1, false]);
});

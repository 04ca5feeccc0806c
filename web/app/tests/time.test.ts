import { expect, test, vi } from 'vitest';
import { ago } from '../src/lib/time.ts';

vi.stubGlobal('navigator', { languages: ['en-GB'] });

const AT = '2026-11-29T10:00:00.000Z';
const after = (minutes: number) => ago(AT, 'en', Date.parse(AT) + minutes * 60_000);

test('how long ago it was is said to the minute, and of what is long past the day', () => {
  expect([0.9, -5].map(after)).toEqual([undefined, undefined]);
  expect([1, 5.9, 59].map(after)).toEqual(['1 minute ago', '5 minutes ago', '59 minutes ago']);
  expect([60, 23.9 * 60].map(after)).toEqual(['1 hour ago', '23 hours ago']);
  expect([24 * 60, 6.9 * 24 * 60].map(after)).toEqual(['yesterday', '6 days ago']);
  expect(after(7 * 24 * 60)).toMatch(/29/);
  expect(ago(AT, 'de', Date.parse(AT) + 5 * 60_000)).toBe('vor 5 Minuten');
});

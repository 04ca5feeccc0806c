import { expect, test } from 'vitest';
import { cut } from '../src/ui/cut.ts';

test('a text is cut where its bytes end, and never within a character', () => {
  expect(cut('Garten', 64)).toBe('Garten');
  expect(cut('ü'.repeat(40), 64)).toBe('ü'.repeat(32));
  expect(cut('aü', 2)).toBe('a');
  expect(cut('ab🍅', 5)).toBe('ab');
  expect(cut('ab🍅', 6)).toBe('ab🍅');
});

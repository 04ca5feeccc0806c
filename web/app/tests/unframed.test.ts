import { expect, test } from 'vitest';
import { unframed } from '../src/features/room/unframed.ts';

test('what is sent has no empty lines around it, and lines stay as far in as they are', () => {
  expect(unframed('  one line ')).toBe('one line');
  expect(unframed('\n \n    if a:\n        b\n\n')).toBe('    if a:\n        b');
  expect(unframed('\tx\r\n\ty\n')).toBe('\tx\r\n\ty');
  for (const nothing of ['', '   ', '\n \n', ' \n\t']) expect(unframed(nothing)).toBe('');
});

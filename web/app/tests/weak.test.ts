import { expect, test } from 'vitest';
import { weakness } from '../src/ui/weak.ts';

test.each([
  ['', undefined],
  ['aaaaaaaaaaaa', 'plain'],
  ['abababababab', 'plain'],
  ['12345678', 'plain'],
  ['1234567890', 'plain'],
  ['zyxwvutsrqponm', 'plain'],
  ['Password1234', 'usual'],
  ['qwertz1234', 'usual'],
  ['jürgen1985', 'name'],
  ['Tr0ub4dor', 'short'],
  ['correct horse battery', undefined],
  ['my password is a whole sentence', undefined],
])('%j', (password, expected) => expect(weakness(password, 'Jürgen')).toBe(expected));

test('a name of a letter or two speaks against nothing', () => {
  expect(weakness('a bee sits on a tree', 'a')).toBeUndefined();
});

import { expect, test } from 'vitest';
import { plain } from '../src/lib/plain.ts';

test.each([
  ['**strong**, *emphasis* and `code`', 'strong, emphasis and code'],
  ['~~gone~~ [here](https://example.org/a)', 'gone here'],
  ['```js\nlet a;\n```', 'let a;'],
  ['> said\n- one\n- two', 'said one two'],
  ['2 * 3 * 4, and *alone', '2 * 3 * 4, and *alone'],
  ['[a](javascript:b)', '[a](javascript:b)'],
])('%j', (text, expected) => expect(plain(text)).toBe(expected));

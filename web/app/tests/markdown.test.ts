import { expect, test } from 'vitest';
import { type Block, type Inline, isEmojiAlone, parse } from '../src/lib/markdown.ts';

/** Nodes as a short text, to compare. */
const flat = (nodes: Inline[]): string =>
  nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind === 'break') return '/';
      if (node.kind === 'code' || node.kind === 'mention') return `<${node.kind} ${node.text}>`;
      return `<${node.kind}${node.kind === 'link' ? ` ${node.href}` : ''} ${flat(node.children)}>`;
    })
    .join('');

const shown = (block: Block): string => {
  if (block.kind === 'paragraph') return flat(block.children);
  if (block.kind === 'pre') return `[pre ${block.language} ${block.text}]`;
  if (block.kind === 'quote') return `[quote ${block.children.map(shown).join(' ')}]`;
  return `[list ${block.start ?? ''} ${block.items.map(flat).join('|')}]`;
};

const all = (text: string, names?: string[]) => parse(text, names).map(shown).join(' ');

test.each([
  ['a **b** c', 'a <strong b> c'],
  ['*a* and _b_ and ~~c~~', '<em a> and <em b> and <strike c>'],
  ['**a *b* c**', '<strong a <em b> c>'],
  ['`a*b*c`', '<code a*b*c>'],
  ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
  ['\\*not so\\*', '*not so*'],
  ['one\ntwo\n\nthree', 'one/two three'],
  ['```js\nlet a = `b`;\n<b>\n```', '[pre js let a = `b`;\n<b>]'],
  ['  ```c++\n    int a;\n  ```', '[pre c++     int a;]'],
  ['if a:\n    b', 'if a:/    b'],
  ['```\nnever closed', '[pre  never closed]'],
  ['> a\n> b\nc', '[quote a/b] c'],
  ['- a\n- **b**', '[list  a|<strong b>]'],
  ['3. a\n4. b', '[list 3 a|b]'],
  ['see https://example.org/a_b_c.', 'see <link https://example.org/a_b_c https://example.org/a_b_c>.'],
  ['[here](https://example.org)', '<link https://example.org here>'],
])('%j', (text, expected) => expect(all(text)).toBe(expected));

test('HTML and addresses that are no web addresses stay text', () => {
  for (const text of ['<img src=x onerror=alert(1)>', '[a](javascript:alert(1))', '<a href="javascript:alert(1)">b</a>', '&lt;b&gt;']) {
    expect(parse(text)).toEqual([{ kind: 'paragraph', children: [{ kind: 'text', text }] }]);
  }
});

test('who is mentioned is shown so, by the longest name that fits', () => {
  const names = ['Ann', 'Ann Becker'];
  expect(all('@ann becker, @Ann and @Bob; mail@Ann', names)).toBe('<mention @ann becker>, <mention @Ann> and @Bob; mail@Ann');
});

// A text for which the work grows with the square of its length would take minutes.
test('no text takes long', () => {
  const size = 256 * 1024;
  for (const part of ['**', '*a', '_a ', '`', '~~', '[', '](', '> ', '- ', '@', 'http://', '**a ', '[a](http', '\\']) {
    expect(parse(part.repeat(Math.floor(size / part.length)), ['Ann']).length, part).toBeGreaterThan(0);
  }
}, 30_000);

test('a few emoji alone are told from other texts', () => {
  for (const text of ['👍', '🎉 🎉', '👨‍👩‍👧', '🇩🇪', '❤️']) expect(isEmojiAlone(text), text).toBe(true);
  for (const text of ['1', '#', 'ok 👍', '', '   ']) expect(isEmojiAlone(text), text).toBe(false);
});

// A small part of Markdown, as data: what comes out are nodes that the page makes elements of. HTML is text like any other.
// Every repetition is bounded, so that no text takes long.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'strike'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] }
  | { kind: 'mention'; text: string };

export type Block =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'pre'; language: string; text: string }
  | { kind: 'quote'; children: Block[] }
  | { kind: 'list'; start: number | undefined; items: Inline[][] };

const DEEPEST = 4;
const FENCE = /^ {0,3}```([\w+#.-]{0,20})\s*$/;
const FENCE_END = /^ {0,3}```\s*$/;
const QUOTE = /^> ?/;
const BULLET = /^[-*] +(?=\S)/;
const NUMBER = /^(\d{1,9})[.)] +(?=\S)/;

/** In these scripts the next word, or what is added to a name, stands right behind it. */
const UNSPACED = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Thai', 'Lao', 'Khmer', 'Myanmar'].map((script) => `\\p{scx=${script}}`);
/** What goes on with a word. */
export const LETTER = `(?![${UNSPACED.join('')}])[\\p{L}\\p{M}\\p{N}_]`;
const GOES_ON = new RegExp(`^-?${LETTER}`, 'u');

const INLINE = new RegExp(
  [
    '\\\\([\\\\`*_~\\[\\]@>-])', // 1 an escaped mark
    '`([^`\\n]{1,1000})`', // 2 code
    '\\*\\*(?=\\S)([^\\n]{1,1000}?\\S?)\\*\\*', // 3 strong
    '~~(?=\\S)([^\\n]{1,1000}?\\S?)~~', // 4 struck through
    '\\*(?=[^\\s*])([^*\\n]{1,1000})(?<!\\s)\\*', // 5 emphasis
    '(?<![\\p{L}\\p{N}_])_(?=[^\\s_])([^_\\n]{1,1000})(?<!\\s)_(?![\\p{L}\\p{N}_])', // 6 emphasis
    '\\[([^\\[\\]\\n]{1,300})\\]\\((https?://[^\\s()<>]{1,2000})\\)', // 7, 8 a link with a text
    '(https?://[^\\s<>"]{1,2000})', // 9 an address
    `(?<!${LETTER})(@)`, // 10 perhaps a mention
  ].join('|'),
  'gu',
);

/** The blocks of a text; `names` are those that are mentioned, if an `@` stands before one. */
export function parse(text: string, names: readonly string[] = [], depth = 0): Block[] {
  const lines = text.split(/\r?\n/);
  const blocks: Block[] = [];
  let at = 0;
  const take = (matches: (line: string) => boolean): string[] => {
    const first = at;
    while (at < lines.length && matches(lines[at] as string)) at += 1;
    return lines.slice(first, at);
  };
  while (at < lines.length) {
    const line = lines[at] as string;
    const fence = FENCE.exec(line);
    if (fence) {
      at += 1;
      const code = take((inner) => !FENCE_END.test(inner));
      at += 1;
      blocks.push({ kind: 'pre', language: fence[1] ?? '', text: code.join('\n') });
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const inner = take((other) => QUOTE.test(other)).map((other) => other.replace(QUOTE, ''));
      blocks.push({ kind: 'quote', children: parse(inner.join('\n'), names, depth + 1) });
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      const mark = BULLET.test(line) ? BULLET : NUMBER;
      const items = take((other) => mark.test(other)).map((other) => inline(other.replace(mark, ''), names));
      const number = NUMBER.exec(line)?.[1];
      blocks.push({ kind: 'list', start: number === undefined ? undefined : Number(number), items });
    } else if (line.trim() === '') {
      at += 1;
    } else {
      const starts = (other: string) =>
        FENCE.test(other) || (QUOTE.test(other) && depth < DEEPEST) || BULLET.test(other) || NUMBER.test(other);
      const own = take((other) => other.trim() !== '' && !starts(other));
      const children = own.flatMap((other, index) => [...(index ? [{ kind: 'break' } as const] : []), ...inline(other, names)]);
      blocks.push({ kind: 'paragraph', children });
    }
  }
  return blocks;
}

function inline(text: string, names: readonly string[], depth = 0): Inline[] {
  const nodes: Inline[] = [];
  let plain = '';
  let last = 0;
  const flush = () => {
    if (plain) nodes.push({ kind: 'text', text: plain });
    plain = '';
  };
  const node = (made: Inline) => {
    flush();
    nodes.push(made);
  };
  const within = (inner: string): Inline[] => (depth < DEEPEST ? inline(inner, names, depth + 1) : [{ kind: 'text', text: inner }]);
  for (const match of text.matchAll(INLINE)) {
    const start = match.index;
    if (start < last) continue;
    plain += text.slice(last, start);
    last = start + match[0].length;
    const [, escaped, code, strong, strike, star, underscore, label, href, address, at] = match;
    if (escaped) plain += escaped;
    else if (code) node({ kind: 'code', text: code });
    else if (strong) node({ kind: 'strong', children: within(strong) });
    else if (strike) node({ kind: 'strike', children: within(strike) });
    else if (star ?? underscore) node({ kind: 'em', children: within((star ?? underscore) as string) });
    else if (href && isAddress(href)) node({ kind: 'link', href, children: [{ kind: 'text', text: label as string }] });
    else if (address) {
      const trimmed = address.replace(/[.,;:!?'*_~)\]]+$/, '');
      if (isAddress(trimmed)) node({ kind: 'link', href: trimmed, children: [{ kind: 'text', text: trimmed }] });
      else plain += trimmed;
      last = start + trimmed.length;
    } else if (at) {
      const name = mentioned(text.slice(start + 1), names);
      if (name) node({ kind: 'mention', text: `@${name}` });
      else plain += at;
      last = start + 1 + (name?.length ?? 0);
    } else plain += match[0];
  }
  plain += text.slice(last);
  flush();
  return nodes;
}

/** The longest of the names with which a text begins, as the text spells it. A name that goes on is another one. */
function mentioned(text: string, names: readonly string[]): string | undefined {
  const begins = (name: string) => text.slice(0, name.length).toLowerCase() === name.toLowerCase();
  const fitting = names.filter((name) => begins(name) && !GOES_ON.test(text.slice(name.length)));
  const longest = fitting.reduce((best, name) => (name.length > best.length ? name : best), '');
  return longest ? text.slice(0, longest.length) : undefined;
}

function isAddress(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

const EMOJI_ALONE = /^(?:\p{RI}\p{RI}|\p{Emoji_Presentation}|\p{Extended_Pictographic}|\u{fe0f}|\u{200d}|\p{EMod}|\s){1,24}$/u;

/** Whether a text is a few emoji and nothing else. */
export const isEmojiAlone = (text: string): boolean =>
  text.length <= 24 && /\p{Extended_Pictographic}|\p{RI}/u.test(text) && EMOJI_ALONE.test(text);

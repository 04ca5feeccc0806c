import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { type Entry, tableOf } from '../emojiData.ts';
import { COLUMNS, onwards } from '../src/features/room/emojiGrid.ts';
import { type Emoji, groupsOf, search } from '../src/features/room/emojiSearch.ts';
import { TONES, toned } from '../src/features/room/emojiTone.ts';

const tables = { en: groupsOf(tableOf('en')), de: groupsOf(tableOf('de')) };
const found = (language: 'en' | 'de', text: string) => search(tables[language], text).map(({ emoji }) => emoji);

test.each(['en', 'de'] as const)('the table in %s has all common emoji once, with a label', (language) => {
  const all = tables[language].flatMap((group) => group.emoji);
  expect(all.length).toBeGreaterThan(1700);
  expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(all.length);
  expect(all.filter(({ label }) => !label)).toEqual([]);
  // Those that the table had when it was small.
  const before = '👍👎❤️😂😮😢🎉🙏👏🔥👀✅❌💯🚀🤔🤷✌️☀️🌙⭐☕⚽📌💡🫶';
  const known = new Set(all.map(({ emoji }) => emoji));
  expect([...new Intl.Segmenter().segment(before)].map(({ segment }) => segment).filter((emoji) => !known.has(emoji))).toEqual([]);
});

test('groups are called so in the language, and begin with faces', () => {
  const titles = (language: 'en' | 'de') => tables[language].map(({ title }) => title);
  expect(titles('en')).toEqual([
    ...['Smileys & emotion', 'People & body', 'Animals & nature', 'Food & drink', 'Travel & places'],
    ...['Activities', 'Objects', 'Symbols', 'Flags'],
  ]);
  expect(titles('de')[0]).toBe('Smileys & Emotionen');
  expect(tables.de[0]?.emoji[0]?.emoji).toBe('😀');
});

test('an emoji is spelled as Unicode recommends it, and as the server hands it on', () => {
  // A literal with this flag is for a later language than that of the page.
  const flags = 'v';
  const recommended = new RegExp('^\\p{RGI_Emoji}$', flags);
  const all = tables.en.flatMap((group) => group.emoji.map(({ emoji }) => emoji));
  expect(all.filter((emoji) => !recommended.test(emoji))).toEqual([]);
  for (const emoji of ['👍', '❤️', '🏄‍♂️', '#️⃣']) expect(all).toContain(emoji);
});

test('components, skin tones, letters of flags, and what is too new are left out', () => {
  const all = tables.en.flatMap((group) => group.emoji.map(({ emoji }) => emoji));
  expect(all.filter((emoji) => /[\u{1f3fb}-\u{1f3ff}]/u.test(emoji))).toEqual([]);
  expect(all.filter((emoji) => /^[\u{1f9b0}-\u{1f9b3}]/u.test(emoji))).toEqual([]);
  expect(all.filter((emoji) => /^[\u{1f1e6}-\u{1f1ff}]$/u.test(emoji))).toEqual([]);
  // Emoji 15 has the pink heart, 15.1 the broken chain, 16 the face with bags under its eyes.
  expect(all).toContain('🩷');
  for (const emoji of ['⛓️‍💥', '🫩']) expect(all).not.toContain(emoji);
  const entry = { emoji: '🐱', hexcode: '1F431', label: 'cat', order: 1, group: 3, version: 1 };
  const entries: Entry[] = [
    entry,
    { ...entry, emoji: 'new', version: 15.1 },
    { ...entry, emoji: 'component', group: 2 },
    { ...entry, emoji: 'letter', group: undefined },
  ];
  expect(tableOf('en', entries).filter((group) => group.includes('\n'))).toEqual(['Animals & nature\n🐱\tcat']);
});

test('hands and people are in the tone that is picked, as Unicode writes it, and nothing else is', () => {
  const entries = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('emojibase-data/en/data.json'), 'utf8')) as Entry[];
  const expected = new Map<string, string[]>();
  for (const { emoji, skins = [] } of entries) {
    // Of two people both have the tone.
    const inTones = [1, 2, 3, 4, 5].map((tone) => skins.find((skin) => skin.tone === tone && skin.version <= 15)?.emoji ?? '');
    if (inTones[0]) expected.set(emoji.replaceAll('\u{fe0f}', ''), inTones);
  }
  expect(expected.size).toBeGreaterThan(300);
  const all = tables.en.flatMap((group) => group.emoji);
  const plain = (emoji: string) => emoji.replaceAll('\u{fe0f}', '');
  for (const each of all) {
    expect(toned(each, '')).toBe(each.emoji);
    const inTones = TONES.slice(1).map((tone) => toned(each, tone));
    const wanted = expected.get(plain(each.emoji));
    expect(inTones.map(plain), each.label).toEqual(wanted?.map(plain) ?? Array(5).fill(plain(each.emoji)));
  }
  const named = (label: string) => toned(all.find((each) => each.label === label) as Emoji, TONES[3]);
  expect(['thumbs up', 'index pointing up', 'man surfing', 'people holding hands', 'family'].map(named)).toEqual([
    ...['👍🏽', '☝🏽', '🏄🏽‍♂️', '🧑🏽‍🤝‍🧑🏽', '👪'],
  ]);
});

test('words of the label are not written twice, and other names are', () => {
  const entry = {
    emoji: '🚗',
    hexcode: '1F697',
    label: 'auto mobile',
    tags: ['cars', 'auto', 'my drive', 'drive'],
    order: 1,
    group: 5,
    version: 1,
  };
  expect(tableOf('en', [entry])[4]).toBe('Travel & places\n🚗\tauto mobile\tcars my drive car red\tcar,red car');
});

test('an emoji is found by the beginning of any of its words, in the language', () => {
  expect(found('en', 'rocket')[0]).toBe('🚀');
  expect(found('en', 'roc')).toContain('🚀');
  expect(found('en', 'ocket')).toEqual([]);
  expect(found('en', 'launch')).toContain('🚀');
  expect(found('de', 'rakete')[0]).toBe('🚀');
  expect(found('de', 'weltr')).toContain('🚀');
  expect(found('de', 'rocket')).toEqual([]);
  expect(found('en', 'of joy')).toContain('😂');
  expect(found('en', 'joy tears')).toContain('😂');
});

test('case and marks make no difference', () => {
  expect(found('en', ' ROCKET ')).toEqual(found('en', 'rocket'));
  expect(found('de', 'lachelndes')).toEqual(found('de', 'Lächelndes'));
  expect(found('de', 'Lächelndes').length).toBeGreaterThan(0);
  expect(found('de', 'weiss')).toEqual(found('de', 'weiß'));
  expect(found('de', 'weiß').length).toBeGreaterThan(0);
  expect(found('en', 'pinata')).toEqual(['🪅']);
});

test('nothing is found by nothing, nor by what no word is', () => {
  for (const text of ['', '  ', '&', 'xyzzy']) expect(found('en', text)).toEqual([]);
});

test('an emoji finds itself, in each tone and however it is drawn', () => {
  for (const [text, emoji] of [
    ['👍', '👍'],
    [' 👍🏽 ', '👍'],
    ['❤', '❤️'],
    ['❤️', '❤️'],
    ['🇩🇪', '🇩🇪'],
  ] as const) {
    expect(found('de', text), text).toEqual([emoji]);
  }
});

test('what is called so comes first, then what is elsewhere, then what has the word, then what has one that begins so', () => {
  const table = groupsOf([
    'A\n1\tbox\tcat\n2\twild cat\n3\tcat face\n4\tdog\tpet\tcat',
    'B\n5\tcat\n6\tcats\n7\tmy cats\n👍\tpaw\tcat\n❤️\tlove\tcats',
  ]);
  expect(search(table, 'cat').map(({ emoji }) => emoji)).toEqual(['5', '4', '👍', '3', '1', '2', '❤️', '6', '7']);
  expect(found('en', 'cat')[0]).toBe('🐈');
});

test.each([
  ['en', 'heart', '❤️'],
  ['en', 'car', '🚗'],
  ['en', 'smile', '😄'],
  ['en', '+1', '👍'],
  ['en', '-1', '👎'],
  ['en', 'thumbsup', '👍'],
  ['en', 'lol', '😂'],
  ['en', 'love', '❤️'],
  ['de', 'Auto', '🚗'],
  ['de', '+1', '👍'],
  ['de', 'Daumen', '👍'],
] as const)('in %s, %s finds first what people mean by it', (language, text, emoji) => {
  expect(found(language, text)[0]).toBe(emoji);
});

test('of two that are meant by a word, the one of that name is first', () => {
  expect(found('de', 'Herz').slice(0, 2)).toEqual(['♥️', '❤️']);
});

test('umlauts may be written as two letters', () => {
  for (const [two, one] of [
    ['muell', 'Müll'],
    ['laecheln', 'lächeln'],
    ['schoen', 'schön'],
  ] as const) {
    expect(found('de', two)).toEqual(found('de', one));
    expect(found('de', two).length).toBeGreaterThan(0);
  }
  // What is written so is found so.
  expect(found('de', 'Feuer')[0]).toBe('🔥');
});

test('arrow keys lead on within a group, and into the next one', () => {
  const lengths = [3, 2 * COLUMNS + 2, 1];
  const to = (at: number, key: string) => onwards(lengths, at, key);
  expect([to(0, 'ArrowLeft'), to(0, 'ArrowRight'), to(2, 'ArrowRight'), to(3, 'ArrowLeft')]).toEqual([0, 1, 3, 2]);
  expect(to(21, 'ArrowRight')).toBe(21);
  // Into a group, down through its rows of which the last is short, and out of it.
  expect([to(1, 'ArrowDown'), to(4, 'ArrowDown'), to(14, 'ArrowDown'), to(17, 'ArrowDown'), to(20, 'ArrowDown')]).toEqual([
    4, 12, 20, 20, 21,
  ]);
  expect(to(21, 'ArrowDown')).toBe(21);
  expect([to(21, 'ArrowUp'), to(20, 'ArrowUp'), to(12, 'ArrowUp'), to(4, 'ArrowUp'), to(9, 'ArrowUp')]).toEqual([19, 12, 4, 1, 2]);
  expect(to(2, 'ArrowUp')).toBe(-1);
  expect([to(13, 'Home'), to(13, 'End'), to(20, 'End')]).toEqual([11, 18, 20]);
  expect([to(1, 'PageDown'), to(5, 'PageUp'), to(3, 'PageUp'), to(21, 'PageDown')]).toEqual([3, 3, 0, 21]);
  expect(to(5, 'Escape')).toBeUndefined();
});

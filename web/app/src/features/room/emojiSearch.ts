// The emoji of a language, and how they are found by their words.

export interface Emoji {
  emoji: string;
  label: string;
  /** What it is found by: the words of its label, and those of its tags, each after a space. */
  named: string;
  tagged: string;
}

export interface EmojiGroup {
  title: string;
  emoji: readonly Emoji[];
}

/** The words of a text, so that case and marks make no difference. */
export const fold = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** What the build has written. */
export const groupsOf = (texts: readonly string[]): EmojiGroup[] =>
  texts.map((text) => {
    const [title = '', ...lines] = text.split('\n');
    return { title, emoji: lines.map(emojiOf) };
  });

function emojiOf(line: string): Emoji {
  const [emoji = '', label = '', tags = ''] = line.split('\t');
  return { emoji, label, named: ` ${fold(label).join(' ')}`, tagged: ` ${tags}` };
}

/** Those of which each word of a text begins a word: first what is called so, then what begins so, is called so among others, or has such tags. */
export function search(groups: readonly EmojiGroup[], text: string): Emoji[] {
  const words = fold(text);
  if (words.length === 0) return [];
  const ranks: Emoji[][] = [[], [], [], []];
  for (const emoji of groups.flatMap((group) => group.emoji)) ranks[rankOf(emoji, words)]?.push(emoji);
  return ranks.flat();
}

function rankOf({ named, tagged }: Emoji, words: string[]): number {
  const whole = ` ${words.join(' ')}`;
  if (named === whole) return 0;
  if (named.startsWith(whole)) return 1;
  const isIn = (place: string) => words.every((word) => place.includes(` ${word}`));
  if (isIn(named)) return 2;
  return isIn(named + tagged) ? 3 : -1;
}

// The emoji of a language, and how they are found by their words.

export interface Emoji {
  emoji: string;
  label: string;
  /** Its names, each as words with a space between them: the label first, then what it is called in other chats. */
  names: readonly string[];
  /** The words of its label and of its tags, with a space before and after each. */
  words: string;
  hasTones: boolean;
}

export interface EmojiGroup {
  title: string;
  emoji: readonly Emoji[];
}

/** Those that most people use. They come before others that fit a search as well. */
export const COMMON = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'];

/** The words of a text, so that case and marks make no difference. A digit with a sign is a word, too, as in "+1". */
export const fold = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .match(/(?<![\p{L}\p{N}])[+-]\d(?!\p{N})|[\p{L}\p{N}]+/gu) ?? [];

/** What the build has written. */
export const groupsOf = (texts: readonly string[]): EmojiGroup[] =>
  texts.map((text) => {
    const [title = '', ...lines] = text.split('\n');
    return { title, emoji: lines.map(emojiOf) };
  });

function emojiOf(line: string): Emoji {
  const [emoji = '', label = '', tags = '', names = '', tones] = line.split('\t');
  const named = fold(label).join(' ');
  return { emoji, label, names: [named, ...(names ? names.split(',') : [])], words: ` ${named} ${tags} `, hasTones: tones === '1' };
}

/** An emoji without its skin tones, and without the mark that has it drawn in colour. */
const bare = (text: string): string => text.trim().replace(/[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu, '');

/** Those of which each word of a text begins a word, the best first. An emoji finds itself. */
export function search(groups: readonly EmojiGroup[], text: string): Emoji[] {
  const words = fold(text);
  if (words.length === 0) return groups.flatMap((group) => group.emoji.filter(({ emoji }) => bare(emoji) === bare(text)));
  const found = searchWords(groups, words);
  // Umlauts may be written as two letters.
  return found.length > 0
    ? found
    : searchWords(
        groups,
        words.map((word) => word.replace(/([aou])e/g, '$1')),
      );
}

function searchWords(groups: readonly EmojiGroup[], words: string[]): Emoji[] {
  const ranks: Emoji[][] = [];
  for (const emoji of groups.flatMap((group) => group.emoji)) {
    const rank = rankOf(emoji, words);
    if (rank === undefined) continue;
    ranks[rank] ??= [];
    ranks[rank].push(emoji);
  }
  return ranks.flat();
}

/** First comes what is called so, here or elsewhere; then what has these words, and then what has words that begin so. */
function rankOf(emoji: Emoji, words: string[]): number | undefined {
  const whole = words.join(' ');
  if (emoji.names[0] === whole) return 0;
  if (emoji.names.includes(whole)) return 1;
  if (words.every((word) => emoji.words.includes(` ${word} `))) return 2 + orderOf(emoji, `${whole} `);
  if (words.every((word) => emoji.words.includes(` ${word}`))) return 5 + orderOf(emoji, whole);
}

function orderOf({ emoji, names }: Emoji, beginning: string): 0 | 1 | 2 {
  if (COMMON.includes(emoji)) return 0;
  return names[0]?.startsWith(beginning) ? 1 : 2;
}

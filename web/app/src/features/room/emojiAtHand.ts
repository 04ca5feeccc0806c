// The emoji that are at hand: those that were picked last in this browser, and common ones.

import { kept } from '../../lib/kept.ts';
import { COMMON, type Emoji, type EmojiGroup } from './emojiSearch.ts';

/** So many of those that were picked are kept. */
const MOST = 16;

const memory = kept<unknown>('chat-emoji', []);

function read(): unknown[] {
  const value = memory.get();
  return Array.isArray(value) ? value : [];
}

export function remember(emoji: string): void {
  memory.set([emoji, ...read().filter((each) => each !== emoji)].slice(0, MOST));
}

/** The last one that was picked first. Common ones fill the first row as long as fewer have been picked. Another version of the page may have kept what is not in the table. */
export function atHand(groups: readonly EmojiGroup[]): Emoji[] {
  const known = new Map<unknown, Emoji>(groups.flatMap((group) => group.emoji.map((each) => [each.emoji, each])));
  const picked = read();
  const wanted = new Set([...picked, ...COMMON]);
  return [...wanted].slice(0, Math.max(picked.length, COMMON.length)).flatMap((emoji) => known.get(emoji) ?? []);
}

// The emoji that were picked last in this browser.

import { kept } from '../../lib/kept.ts';
import type { Emoji, EmojiGroup } from './emojiSearch.ts';

export const MOST_RECENT = 16;

const memory = kept<unknown>('chat-emoji', []);

function read(): unknown[] {
  const value = memory.get();
  return Array.isArray(value) ? value : [];
}

export function remember(emoji: string): void {
  memory.set([emoji, ...read().filter((each) => each !== emoji)].slice(0, MOST_RECENT));
}

/** The last one first. Another version of the page may have kept what is not in the table. */
export function recent(groups: readonly EmojiGroup[]): Emoji[] {
  const known = new Map<unknown, Emoji>(groups.flatMap((group) => group.emoji.map((each) => [each.emoji, each])));
  return read().flatMap((emoji) => known.get(emoji) ?? []);
}

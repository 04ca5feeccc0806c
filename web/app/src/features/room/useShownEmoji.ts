import { startTransition, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { emojiTexts } from '../../text/emoji.ts';
import { useSaid } from '../../text/index.ts';
import { atHand } from './emojiAtHand.ts';
import { type EmojiGroup, search } from './emojiSearch.ts';

/** So many groups are there at once: what is at hand, and what is in sight below that. The others come a moment later. */
const FIRST_GROUPS = 2;

/** The groups that the table shows: what is at hand and all others, or what was found. Where many are found, typing goes before. */
export function useShownEmoji(all: readonly EmojiGroup[], text: string) {
  const said = useSaid(emojiTexts);
  const wanted = useDeferredValue(text.trim());
  const [isWhole, setWhole] = useState(false);
  useEffect(() => {
    if (all.length > 0) startTransition(() => setWhole(true));
  }, [all]);
  const groups = useMemo(() => {
    const shown: EmojiGroup[] = wanted
      ? [{ title: said.found, emoji: search(all, wanted) }]
      : [{ title: said.atHand, emoji: atHand(all) }, ...(isWhole ? all : all.slice(0, FIRST_GROUPS - 1))];
    return shown.filter(({ emoji }) => emoji.length > 0);
  }, [all, wanted, isWhole, said]);
  return { groups, isWhole, isSearched: wanted !== '' && all.length > 0 };
}

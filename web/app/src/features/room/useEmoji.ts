import { useEffect, useState } from 'react';
import { type Language, useLanguage } from '../../text/index.ts';
import { type EmojiGroup, groupsOf } from './emojiSearch.ts';

const LOAD: Record<Language, () => Promise<{ default: readonly string[] }>> = {
  en: () => import('virtual:emoji/en'),
  de: () => import('virtual:emoji/de'),
};

const NONE: readonly EmojiGroup[] = [];
const loaded = new Map<Language, readonly EmojiGroup[]>();

/** All emoji, called as they are in the page's language. There are none until they have come. */
export function useEmoji(): { all: readonly EmojiGroup[]; hasFailed: boolean } {
  const language = useLanguage();
  const [all, setAll] = useState(() => loaded.get(language) ?? NONE);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isOver = false;
    const load = async () => {
      const groups = loaded.get(language) ?? groupsOf((await LOAD[language]()).default);
      loaded.set(language, groups);
      if (!isOver) setAll(groups);
    };
    load().catch(() => isOver || setFailed(true));
    return () => {
      isOver = true;
    };
  }, [language]);
  return { all, hasFailed };
}

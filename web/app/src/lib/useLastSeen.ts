import { useEffect, useState } from 'react';
import { useLanguage, useText } from '../text/index.ts';
import { ago } from './time.ts';

const MINUTE = 60_000;

/** When somebody was last seen, in words that stay true while they are shown; nothing where that is not known. */
export function useLastSeen(at: string | undefined): string | undefined {
  const texts = useText();
  const language = useLanguage();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!at) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), MINUTE);
    return () => clearInterval(timer);
  }, [at]);
  return at && texts.room.lastSeen(ago(at, language, now) ?? texts.room.justNow);
}

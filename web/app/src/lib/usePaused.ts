import { useEffect, useState } from 'react';

/** How long nothing is typed before it is searched for, in milliseconds: a server counts searches. */
const PAUSE = 250;

/** What was typed, once the typing has paused. */
export function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), text ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}

import { useLayoutEffect, useRef, useState } from 'react';
import type { Line } from './lines.ts';

/** How far from the end one is still at it. */
const NEAR_PX = 60;

/** Keeps a list at its end while one is there, and otherwise where one reads, whatever comes in above or below, or goes. */
export function useAtEnd(lines: readonly Line[]) {
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const kept = useRef<{ number: string; top: number } | undefined>(undefined);

  const onScroll = () => {
    const list = box.current;
    if (!list) return;
    const isEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
    setAtEnd(isEnd);
    const first = [...list.querySelectorAll<HTMLElement>('li')].find((row) => row.offsetTop + row.offsetHeight > list.scrollTop);
    kept.current = isEnd || !first ? undefined : { number: first.dataset.number as string, top: first.offsetTop - list.scrollTop };
  };

  const toEnd = () => {
    kept.current = undefined;
    const list = box.current;
    if (list) list.scrollTop = list.scrollHeight;
    setAtEnd(true);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines are what moves it
  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const row = kept.current && list.querySelector<HTMLElement>(`li[data-number="${kept.current.number}"]`);
    list.scrollTop = row && kept.current ? row.offsetTop - kept.current.top : list.scrollHeight;
  }, [lines]);

  // What one writes may need more room, and a phone's keyboard, too.
  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const observer = new ResizeObserver(() => {
      if (!kept.current) list.scrollTop = list.scrollHeight;
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, []);

  return { box, isAtEnd, onScroll, toEnd };
}

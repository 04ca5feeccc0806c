import { type RefObject, useState } from 'react';

/** Which group is at the top of a list that one scrolls, and how to bring one there. */
export function useEmojiTabs(list: RefObject<HTMLElement | null>) {
  const [current, setCurrent] = useState(0);
  /** How far below the top of the list each group begins. */
  const tops = () => {
    const { top = 0 } = list.current?.getBoundingClientRect() ?? {};
    return [...(list.current?.children ?? [])].map((group) => Math.floor(group.getBoundingClientRect().top - top));
  };
  return {
    current,
    onScroll: () =>
      setCurrent(
        Math.max(
          0,
          tops().findLastIndex((top) => top <= 0),
        ),
      ),
    goTo: (group: number) => list.current?.scrollBy(0, tops()[group] ?? 0),
  };
}

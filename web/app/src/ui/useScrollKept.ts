import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useNavigationType } from 'react-router';

/** Of so many views it is kept how far they were scrolled. */
const KEPT = 100;

/** How far each view was scrolled, by its place in the browser's history. */
const scrolled = new Map<string, number>();

function note(place: string, top: number): void {
  scrolled.delete(place);
  scrolled.set(place, top);
  const [oldest] = scrolled.keys();
  if (scrolled.size > KEPT && oldest) scrolled.delete(oldest);
}

const place = () => `${(history.state as { idx?: number } | null)?.idx} ${location.pathname}`;

/** Whoever comes back to a view has it scrolled as far as it was, if what it shows is at hand. */
export function useScrollKept(): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const comesBack = useRef(useNavigationType() === 'POP').current;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const here = place();
    if (comesBack) element.scrollTop = scrolled.get(here) ?? 0;
    else scrolled.delete(here);
    const onScroll = () => note(here, element.scrollTop);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, [comesBack]);
  return box;
}

import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useNavigationType } from 'react-router';

/** How far each view was scrolled, by its place in the browser's history. */
const scrolled = new Map<string, number>();

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
    const note = () => scrolled.set(here, element.scrollTop);
    element.addEventListener('scroll', note, { passive: true });
    return () => element.removeEventListener('scroll', note);
  }, [comesBack]);
  return box;
}

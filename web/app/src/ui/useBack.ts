import { useCallback, useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';

/** How each thing is closed that lies over the page, the lowest first. */
const layers: (() => void)[] = [];

/** Over how many such things the browser's history says that one is. */
const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

/** It is being gone back, which takes a moment. */
let isLeaving = false;

/** Leaves entries of the history whose dialogs are closed: once, if two close together. */
function leave(): void {
  if (isLeaving || depth() <= layers.length) return;
  isLeaving = true;
  history.go(layers.length - depth());
}

/** Gives what lies over the page the entries that it lacks. */
function enter(): void {
  while (depth() < layers.length) history.pushState({ ...history.state, depth: depth() + 1 }, '');
}

addEventListener('popstate', () => {
  const wasLeaving = isLeaving;
  isLeaving = false;
  // Nobody has pressed "back": what has opened meanwhile stays.
  if (wasLeaving) enter();
  else for (const close of layers.slice(depth()).reverse()) close();
  leave();
});

/**
 * Has the browser's button "back" close what lies over the page, and not leave the page. It has an entry of the history for that, with the
 * same address; if it is closed in another way, that entry is left, too.
 */
export function useBack(onClose: () => void, isOver = true): void {
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    if (!isOver) return;
    const layer = () => close.current();
    layers.push(layer);
    if (!isLeaving) enter();
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      // Another one may open with the same drawing: then it has the entry.
      queueMicrotask(leave);
    };
  }, [isOver]);
}

/** Goes to another view. What lies over the page is left for good: the view takes its place in the browser's history. */
export function useGo(): (to: string) => void {
  const navigate = useNavigate();
  return useCallback((to) => void navigate(to, { replace: depth() > 0 }), [navigate]);
}

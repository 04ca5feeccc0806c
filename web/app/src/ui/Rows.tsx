import { type FocusEvent, type ReactNode, useEffect, useRef } from 'react';
import { useText } from '../text/index.ts';
import { Button } from './Button.tsx';

interface Props {
  label: string;
  className: string;
  children: ReactNode;
  /** Has the next rows come, where there are more. */
  more?: (() => unknown) | undefined;
  isLoadingMore?: boolean;
}

/** Gives the focus to something that has none by itself, until it goes elsewhere. */
function focus(element: HTMLElement): void {
  if (!element.hasAttribute('tabindex')) {
    element.tabIndex = -1;
    element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
  }
  element.focus();
}

const isLost = () => document.activeElement === document.body;

/**
 * A list whose rows come and go, and never take the focus with them. Where the row with the focus goes, the next one has it. Of more rows
 * that were asked for, the first one has it, as the button may be gone.
 */
export function Rows({ label, className, children, more, isLoadingMore = false }: Props) {
  const texts = useText();
  const list = useRef<HTMLUListElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const keepIn = useFocusIn(list);
  const before = useRef<number>(undefined);
  useEffect(() => {
    if (isLoadingMore || before.current === undefined) return;
    const first = list.current?.children[before.current];
    before.current = undefined;
    if (first && (isLost() || document.activeElement === button.current)) focus(first as HTMLElement);
  }, [isLoadingMore]);
  const load = () => {
    before.current = list.current?.children.length;
    more?.();
  };
  return (
    <>
      <ul ref={list} aria-label={label} className={className} {...keepIn}>
        {children}
      </ul>
      {more && (
        <Button ref={button} busy={isLoadingMore} onClick={load} className="self-center">
          {texts.more}
        </Button>
      )}
    </>
  );
}

/** Where the row with the focus goes, the next one has it, or the last one; where none is left, what the list lies in. */
function useFocusIn(list: { current: HTMLElement | null }) {
  const held = useRef<{ row: Element; at: number }>(undefined);
  useEffect(() => {
    if (!list.current || !held.current) return;
    const rows = [...list.current.children];
    const { row, at } = held.current;
    if (row.isConnected) {
      held.current.at = rows.indexOf(row);
      return;
    }
    held.current = undefined;
    const next = rows[Math.min(at, rows.length - 1)] ?? list.current.closest('section, dialog, main');
    if (isLost() && next) focus(next as HTMLElement);
  });
  // The list may go with its last row.
  useEffect(
    () => () => {
      if (held.current && isLost()) document.querySelector('main')?.focus();
    },
    [],
  );
  return {
    onFocus: ({ target }: FocusEvent) => {
      const rows = [...(list.current?.children ?? [])];
      const at = rows.findIndex((row) => row.contains(target));
      held.current = rows[at] && { row: rows[at], at };
    },
    // React tells of none when a row leaves the document.
    onBlur: () => {
      held.current = undefined;
    },
  };
}

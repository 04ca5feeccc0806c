import { type FocusEvent, type KeyboardEvent, type RefObject, useState } from 'react';
import { ABOVE, groupOf, onwards } from './emojiGrid.ts';
import type { EmojiGroup } from './emojiSearch.ts';

interface Parts {
  groups: readonly EmojiGroup[];
  /** Brings a group to the top of the list. */
  goTo: (group: number) => void;
  field: RefObject<HTMLInputElement | null>;
  list: RefObject<HTMLDivElement | null>;
}

/** The number of the emoji in which something happens, if it is in one. */
export function placeIn({ target }: { target: EventTarget }): number | undefined {
  const at = (target as Element).closest<HTMLElement>('[data-at]')?.dataset.at;
  return at === undefined ? undefined : Number(at);
}

/** Has the arrow keys lead through the emoji, and what is typed there into the field. The Tab key leads to one of them, the last that had the focus. */
export function useEmojiKeys({ groups, goTo, field, list }: Parts) {
  const [reached, setReached] = useState(0);
  const reach = (at: number) => {
    if (at === ABOVE) field.current?.focus();
    else list.current?.querySelector<HTMLElement>(`[data-at="${at}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = placeIn(event);
    const lengths = groups.map(({ emoji }) => emoji.length);
    // Among the tones and the groups, arrow keys have a meaning of their own.
    const isOutside = event.target === field.current || event.target === event.currentTarget;
    const to = at !== undefined ? onwards(lengths, at, event.key) : isOutside && event.key === 'ArrowDown' ? 0 : undefined;
    if (to !== undefined) {
      event.preventDefault();
      reach(to);
      if (event.key.startsWith('Page')) goTo(groupOf(lengths, to));
    } else if (event.target !== field.current && (event.key === 'Backspace' || (event.key.length === 1 && event.key !== ' '))) {
      // The key is put in where the focus is by then.
      field.current?.focus();
    }
  };
  const onFocus = (event: FocusEvent) => {
    const at = placeIn(event);
    if (at !== undefined) setReached(at);
  };
  /** The Tab key leads to the first of a group. With `focus` that has the focus, too. */
  const toGroup = (group: number, focus = false) => {
    const first = groups.slice(0, group).reduce((sum, { emoji }) => sum + emoji.length, 0);
    setReached(first);
    if (focus) reach(first);
    goTo(group);
  };
  return { reached, toGroup, onKeyDown, onFocus };
}

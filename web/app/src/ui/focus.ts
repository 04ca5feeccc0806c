/** An element and what it lies in that can have the focus, the nearest first: when the element is gone, the next one has the focus. */
export function around(element: Element | null | undefined): HTMLElement[] {
  const all: HTMLElement[] = [];
  for (let at = element; at; at = at.parentElement?.closest('[tabindex]')) all.push(at as HTMLElement);
  return all;
}

/** Gives the focus to the first that takes it: what is hidden or gone does not. Nothing is scrolled. */
export function focusFirst(elements: readonly HTMLElement[]): void {
  elements.find((element) => {
    element.focus({ preventScroll: true });
    return document.activeElement === element;
  });
}

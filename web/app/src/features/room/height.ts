import { measureElement, type Virtualizer } from '@tanstack/react-virtual';

export type Rows = Virtualizer<HTMLDivElement, HTMLElement>;

/** Whether an element is the row's at its place. While rows are drawn anew, it may still be the one of another row. */
const isOwn = (element: HTMLElement, rows: Rows) => element.dataset.key === rows.options.getItemKey(rows.indexFromElement(element));

/** The height of a row. What is told of an element that is another row's is passed over, and looked at once it is in its own. */
export function height(element: HTMLElement, entry: ResizeObserverEntry | undefined, rows: Rows): number {
  if (isOwn(element, rows)) return measureElement(element, entry, rows);
  const again = () => {
    if (!element.isConnected) return;
    if (isOwn(element, rows)) rows.resizeItem(rows.indexFromElement(element), element.offsetHeight);
    else requestAnimationFrame(again);
  };
  requestAnimationFrame(again);
  const index = rows.indexFromElement(element);
  return rows.measurementsCache[index]?.size ?? rows.options.estimateSize(index);
}

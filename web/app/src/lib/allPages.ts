/** The server gives so many at one time. */
const PAGE = 50;

interface All<T> {
  items: T[];
  /** There is nothing beyond them. */
  isAll: boolean;
}

/** Goes through a list of users that comes page by page, by id, and ends with the page that is not full, or after `most` pages. */
export async function allPages<T extends { userId: string }>(load: (after?: string) => Promise<T[]>, most: number): Promise<All<T>> {
  const items: T[] = [];
  for (let page = 0; page < most; page += 1) {
    const next = await load(items.at(-1)?.userId);
    items.push(...next);
    if (next.length < PAGE) return { items, isAll: true };
  }
  return { items, isAll: false };
}

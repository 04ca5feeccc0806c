/** A message as a page shows it. Its number says where it is in its conversation. */
export interface Line {
  number: number;
  at: string;
  /** Who wrote it: by their id, or where the contract has none, by their name. */
  from: string;
  text: string;
  isRead?: boolean;
  /** What the contract calls it, where that is not its number. */
  id?: string;
}

/** How many messages of a conversation a page has at most. */
export const MOST_LINES = 1_000;

/** How many messages a page of the contracts' history has. */
export const HISTORY_PAGE = 200;

/** What is known of a conversation: its last messages, without a hole. */
export interface Talk {
  lines: readonly Line[];
  /** Whether there may be older ones, in the history or given up. */
  hasOlder: boolean;
}

export const NOTHING: Talk = { lines: [], hasOlder: false };

/** Each message once, by its number: what was on its way when a connection was lost may come twice. */
function merged(lines: readonly Line[], more: readonly Line[]): Line[] {
  const byNumber = new Map(lines.map((line) => [line.number, line]));
  for (const line of more) byNumber.set(line.number, line);
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** What was said last. The oldest are given up where there are too many. */
export function withNew({ lines, hasOlder }: Talk, ...more: Line[]): Talk {
  const all = merged(lines, more);
  return { lines: all.slice(-MOST_LINES), hasOlder: hasOlder || all.length > MOST_LINES };
}

/** A page of the history from before what is known. */
export function withOlder(talk: Talk, page: readonly Line[]): Talk {
  const lines = merged(talk.lines, page);
  return { lines: lines.slice(-MOST_LINES), hasOlder: page.length > 0 };
}

/** Whether older ones have a place. */
export const isFull = ({ lines }: Talk): boolean => lines.length >= MOST_LINES;

/**
 * The last page of the history, after time without a connection. If it does not reach back to what was known `before`, there may be a hole
 * between the two, and what was known is given up. What is known `now` may have come after that page.
 */
export function caughtUp(before: Talk, page: readonly Line[], now: Talk = before): Talk {
  const [first, last] = [page[0], page.at(-1)];
  const [oldest, newest] = [before.lines[0], before.lines.at(-1)];
  const isKnown = (number: number) => before.lines.some((line) => line.number === number);
  const late = now.lines.filter(({ number }) => (last ? number > last.number : !isKnown(number)));
  const begins = { lines: page, hasOlder: page.length >= HISTORY_PAGE };
  if (!first || !oldest || !newest || first.number > newest.number) return withNew(begins, ...late);
  const { hasOlder } = oldest.number < first.number ? before : begins;
  return withNew({ lines: before.lines, hasOlder }, ...page, ...late);
}

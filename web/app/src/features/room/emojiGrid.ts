// Where the keys lead in the table of emoji, whose groups lie below one another and begin a row each.

/** As many as the grid of EmojiSections.tsx has. */
export const COLUMNS = 8;

/** Above the first row. */
export const ABOVE = -1;

interface Place {
  /** The group, and the first and the number of its emoji. */
  group: number;
  start: number;
  length: number;
  column: number;
  row: number;
}

function placeOf(lengths: readonly number[], at: number): Place {
  let start = 0;
  let group = 0;
  while (group < lengths.length - 1 && at >= start + (lengths[group] ?? 0)) start += lengths[group++] ?? 0;
  const column = (at - start) % COLUMNS;
  return { group, start, length: lengths[group] ?? 0, column, row: at - start - column };
}

/** The group in which an emoji is. */
export const groupOf = (lengths: readonly number[], at: number): number => placeOf(lengths, at).group;

/** The emoji to which a key leads from another, both counted through all groups; nothing if it leads nowhere. */
export function onwards(lengths: readonly number[], at: number, key: string): number | undefined {
  const { group, start, length, column, row } = placeOf(lengths, at);
  const last = start + length - 1;
  const above = lengths[group - 1];
  const below = lengths[group + 1];
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, at - 1);
    case 'ArrowRight':
      return below === undefined ? Math.min(last, at + 1) : at + 1;
    case 'ArrowDown':
      if (row + COLUMNS < length) return Math.min(last, at + COLUMNS);
      return below === undefined ? at : last + Math.min(column + 1, below);
    case 'ArrowUp':
      if (row > 0) return at - COLUMNS;
      if (above === undefined) return ABOVE;
      return start - above + Math.min(above - 1 - ((above - 1) % COLUMNS) + column, above - 1);
    case 'Home':
      return start + row;
    case 'End':
      return Math.min(last, start + row + COLUMNS - 1);
    case 'PageDown':
      return below === undefined ? last : last + 1;
    case 'PageUp':
      return at > start || above === undefined ? start : start - above;
  }
}

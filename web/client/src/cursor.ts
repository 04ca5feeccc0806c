/** How far a client has a room's log. */
export interface Cursor {
  epoch: string;
  seq: number;
}

/** What to do with an entry's frame: whether it is the next one, one that is there already, or one after a hole. */
export function judge(cursor: Cursor, entry: { seq: number; after: number }): 'take' | 'old' | 'hole' {
  if (entry.seq <= cursor.seq) return 'old';
  return entry.after <= cursor.seq ? 'take' : 'hole';
}

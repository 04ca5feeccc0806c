import type { Room } from 'chat-client';
import type { Row } from './rows.ts';

/** Where in a room one is reading: the message at the top of what is seen, and how much of it is above that. */
export interface Place {
  seq: number;
  above: number;
}

/** Where one was when one went elsewhere, for as long as the page knows the room; nothing for whoever was at its end. */
const places = new WeakMap<Room, Place>();

export const placeIn = (room: Room): Place | undefined => places.get(room);

export function remember(room: Room, place: Place | undefined): void {
  if (place) places.set(room, place);
  else places.delete(room);
}

/** The place that has the row with this index, which begins at `start`, at the top; `top` is how far one has scrolled. */
export function placeAt(rows: readonly Row[], index: number, start: number, top: number): Place | undefined {
  const at = rows.findIndex((row, other) => other >= index && row.kind === 'message');
  const row = rows[at];
  // What is above the first message is no place that one comes back to.
  return row?.kind === 'message' ? { seq: row.message.seq, above: at === index ? Math.max(0, top - start) : 0 } : undefined;
}

// The rooms that one has made, as this browser knows. Their creator may always come in again, but the server does not tell even them that a
// private room is there in which they are not any more.

import { kept } from './kept.ts';

/** So many are kept, the last ones. */
const MOST = 200;

const made = (me: string) => kept<readonly string[]>(`chat-made:${me}`, []);
const others = (me: string, roomId: string) =>
  made(me)
    .get()
    .filter((other) => other !== roomId);

export const hasMade = (me: string, roomId: string): boolean => made(me).get().includes(roomId);
export const keepMade = (me: string, roomId: string): void => made(me).set([...others(me, roomId), roomId].slice(-MOST));
/** It is there no more. */
export const forgetMade = (me: string, roomId: string): void => made(me).set(others(me, roomId));

// What was read last, for a page that begins without the server: the newest messages of the rooms that were looked at last.
//
// All of it is one user's, and is erased when that user logs out or another one logs in. What is deleted is erased as soon as the
// client learns of it: by its entry, by a page of the history, or, where the log went on without this client, by asking anew.

import { openDatabase } from './database.ts';
import { KEPT_BYTES, KEPT_MESSAGES, KEPT_ROOMS } from './limits.ts';
import { apply, type Timeline } from './timeline.ts';
import type { Frame } from './wire/server.ts';

/** The newest messages of a room, as they were when the log was at `seq`. */
export interface KeptRoom {
  userId: string;
  roomId: string;
  epoch: string;
  seq: number;
  messages: Timeline;
  /** When the room was looked at. */
  at: number;
}

export interface HistoryStore {
  get(userId: string, roomId: string): Promise<KeptRoom | undefined>;
  /** Of the user's rooms, the one that was looked at last first. */
  all(userId: string): Promise<readonly KeptRoom[]>;
  /** Keeps a room, and forgets those that were looked at before the last `KEPT_ROOMS`. */
  put(room: KeptRoom): Promise<void>;
  /** Applies what an entry changes to what is kept of its room. */
  change(userId: string, roomId: string, entry: Frame): Promise<void>;
  delete(userId: string, roomId: string): Promise<void>;
  /** Erases what is kept of all users but this one. */
  forget(exceptUserId?: string): Promise<void>;
}

/** As many of the newest messages as are kept of one room. */
export function newest(messages: Timeline): Timeline {
  const encoder = new TextEncoder();
  const kept: Timeline[number][] = [];
  let bytes = 0;
  for (let at = messages.length - 1; at >= 0 && kept.length < KEPT_MESSAGES; at -= 1) {
    const message = messages[at] as Timeline[number];
    bytes += encoder.encode(JSON.stringify(message)).length;
    if (bytes > KEPT_BYTES) break;
    kept.push(message);
  }
  return kept.reverse();
}

const nothing = async () => undefined;
export const noHistory: HistoryStore = {
  get: nothing,
  all: async () => [],
  put: nothing,
  change: nothing,
  delete: nothing,
  forget: nothing,
};

const ofUser = (userId: string) => IDBKeyRange.bound([userId], [userId, []]);

/** What was read last, in the browser's database. Where the browser keeps nothing, there is nothing. */
export function browserHistory(name = 'chat-history'): HistoryStore {
  const run = openDatabase(name, ['userId', 'roomId']);
  const all = async (userId: string): Promise<KeptRoom[]> => {
    const rooms = await run<KeptRoom[]>('readonly', (items) => items.getAll(ofUser(userId)));
    return rooms.sort((a, b) => b.at - a.at);
  };
  const remove = (userId: string, roomId: string) => run('readwrite', (items) => items.delete([userId, roomId])).then(() => undefined);
  return {
    get: (userId, roomId) => run<KeptRoom | undefined>('readonly', (items) => items.get([userId, roomId])),
    all,
    async put(room) {
      await run('readwrite', (items) => items.put({ ...room, messages: newest(room.messages) }));
      const count = await run<number>('readonly', (items) => items.count(ofUser(room.userId)));
      if (count <= KEPT_ROOMS) return;
      for (const old of (await all(room.userId)).slice(KEPT_ROOMS)) await remove(old.userId, old.roomId);
    },
    async change(userId, roomId, entry) {
      await run<KeptRoom | undefined>('readwrite', (items) => {
        const request: IDBRequest<KeptRoom | undefined> = items.get([userId, roomId]);
        // To read it and to write it are one transaction, so that no other tab comes between.
        request.onsuccess = () => {
          const kept = request.result;
          const messages = kept && apply(kept.messages, entry);
          if (kept && messages !== kept.messages) items.put({ ...kept, messages });
        };
        return request;
      });
    },
    delete: remove,
    async forget(exceptUserId) {
      await run('readwrite', (items) => {
        const request = items.openKeyCursor();
        request.onsuccess = () => {
          const cursor = request.result;
          if (!cursor) return;
          const [userId] = cursor.primaryKey as [string, string];
          if (userId !== exceptUserId) items.delete(cursor.primaryKey);
          cursor.continue();
        };
        return request;
      });
    },
  };
}

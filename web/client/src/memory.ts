// Which rooms a user is in, for a page that begins without the server.

import type { Room } from './room.ts';
import type { UserView } from './wire/server.ts';

/** What is remembered of a room: how it is called, and nothing of what was said in it. */
export interface KnownRoom {
  roomId: string;
  roomName: string;
  kind: string;
  creatorId?: string;
  role?: string;
  peer?: UserView;
}

export interface RoomMemory {
  get(userId: string): readonly KnownRoom[];
  /** Remembers these rooms, and forgets those of any other user. */
  set(userId: string, rooms: readonly KnownRoom[]): void;
  forget(): void;
}

export const noMemory: RoomMemory = { get: () => [], set: () => undefined, forget: () => undefined };

export function browserMemory(key = 'chat-rooms'): RoomMemory {
  return {
    get(userId) {
      try {
        const kept = JSON.parse(localStorage.getItem(key) ?? 'null');
        return kept?.userId === userId ? kept.rooms : [];
      } catch {
        return [];
      }
    },
    set(userId, rooms) {
      try {
        localStorage.setItem(key, JSON.stringify({ userId, rooms }));
      } catch {
        // Without storage nothing is remembered, and all else works.
      }
    },
    forget() {
      try {
        localStorage.removeItem(key);
      } catch {
        // There is nothing to forget.
      }
    },
  };
}

export function describeRoom(room: Room): KnownRoom {
  const { roomId, roomName, kind, creatorId, role, peer } = room.state.get();
  return { roomId, roomName, kind, creatorId, role, peer };
}

import type { Room } from 'chat-client';
import { useRooms } from 'chat-client/react';
import { useSyncExternalStore } from 'react';

/** The number of messages that are not read, over all rooms, or all but one. */
export function useUnread(but?: Room): number {
  const rooms = useRooms().filter((room) => room !== but);
  const count = () => rooms.reduce((sum, room) => sum + room.state.get().unread, 0);
  const watch = (told: () => void) => {
    const unwatch = rooms.map((room) => room.state.watch(told));
    return () => unwatch.forEach((stop) => stop());
  };
  return useSyncExternalStore(watch, count, count);
}

import type { Room, RoomState } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import type { IconName } from '../ui/Icon.tsx';

/** What a room is called: a direct one by the other's name. */
export function useRoomName(room: Room): string {
  const me = useChat().me();
  return useRoomState(room, (state) => nameOf(state, me));
}

export function nameOf(state: RoomState, me: string | undefined): string {
  if (state.kind !== 'direct') return state.roomName;
  return state.peer?.username ?? state.members.find((member) => member.userId !== me)?.username ?? state.roomName;
}

export const iconOf = (kind: string): IconName =>
  (({ private: 'lock', announcement: 'megaphone', direct: 'people' }) as Record<string, IconName>)[kind] ?? 'hash';

/** Whether somebody has joined no room yet. That of announcements is everybody's. */
export const isNewcomer = (rooms: readonly Room[]): boolean => rooms.every((room) => room.state.get().kind === 'announcement');

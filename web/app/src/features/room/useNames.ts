import type { Room } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useMemo } from 'react';
import { type Mentioning, namesIn } from './mentions.ts';

/** What is marked in a message of the room. */
export function useNames(room: Room, { message, mentions, mentionsRoom }: Mentioning): readonly string[] {
  const members = useRoomState(room, (state) => state.members);
  return useMemo(() => namesIn({ message, mentions, mentionsRoom }, members), [message, members, mentions, mentionsRoom]);
}

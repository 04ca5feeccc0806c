import type { Room } from 'chat-client';
import { useClient, useRoomParts } from 'chat-client/react';
import { useSilence } from './useSilence.ts';

/** What one may do in a room: what the server's policy says. */
export function useMay(room: Room) {
  const admin = useClient((state) => state.admin);
  const { role, kind } = useRoomParts(room, 'role', 'kind');
  const moderate = kind !== 'direct' && (admin || role === 'owner' || role === 'moderator');
  const silence = useSilence(room);
  // Whoever reads announcements reacts to them.
  const react = !silence || silence === 'readOnly';
  const isGroup = kind === 'public' || kind === 'private';
  return {
    write: !silence,
    react,
    pin: react && (moderate || kind === 'direct'),
    /** Change messages of others, and what members may do. */
    moderate,
    own: kind !== 'direct' && (admin || role === 'owner'),
    /** Have others come in: everybody knows the address of a public room. */
    invite: isGroup && (kind === 'public' || moderate),
    isGroup,
  };
}

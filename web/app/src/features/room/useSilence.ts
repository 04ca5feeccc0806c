import type { Room } from 'chat-client';
import { useClient, useRoomParts, useRoomState } from 'chat-client/react';
import { isLeft } from '../../lib/rooms.ts';
import { useBlocks } from '../../lib/useBlocks.ts';

/** Why one cannot write in a room, as far as the page knows; nothing where one can. */
export function useSilence(room: Room): 'accountDeleted' | 'archived' | 'blocked' | 'readOnly' | undefined {
  const admin = useClient((state) => state.admin);
  const { archived, kind, peer } = useRoomParts(room, 'archived', 'kind', 'peer');
  const blocks = useBlocks(false);
  if (useRoomState(room, isLeft)) return 'accountDeleted';
  if (kind === 'direct' && peer && blocks.has(peer.userId)) return 'blocked';
  if (archived) return 'archived';
  return kind === 'announcement' && !admin ? 'readOnly' : undefined;
}

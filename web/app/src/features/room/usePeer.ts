import type { Room } from 'chat-client';
import { useRoomParts } from 'chat-client/react';
import { useEffect, useRef } from 'react';
import { isDeleted } from '../../lib/rooms.ts';

/** Whether the other one of a direct room is there, and when they were last. Nobody is where an account was deleted. */
export function usePeer(room: Room) {
  const { kind, peer, members, online } = useRoomParts(room, 'kind', 'peer', 'members', 'online');
  const isThere = online.some((user) => user.userId === peer?.userId);
  const wasThere = useRef(isThere);
  // Whoever goes may have deleted their account, which the list of members tells.
  useEffect(() => {
    if (kind === 'direct' && wasThere.current && !isThere) void room.loadMembers();
    wasThere.current = isThere;
  }, [room, kind, isThere]);
  if (!peer || isDeleted(peer, members)) return {};
  return {
    state: online.find((user) => user.userId === peer.userId)?.state,
    lastSeen: members.find((member) => member.userId === peer.userId)?.lastSeen,
  };
}

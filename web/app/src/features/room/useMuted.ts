import type { Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useCallback, useEffect, useState } from 'react';
import { allPages } from '../../lib/allPages.ts';

/** Pages of 50 that are asked for at most. */
const PAGES = 4;

export interface Muted {
  /** Whether a user is muted, if that is known. */
  has: (userId: string) => boolean | undefined;
  /** Asks anew, as somebody was muted, or is no more. */
  again: () => void;
}

/** Who is muted in a room, for those who may know it. */
export function useMuted(room: Room, asks: boolean): Muted {
  const { rest } = useChat();
  const [turn, setTurn] = useState(0);
  const [known, setKnown] = useState<{ users: ReadonlySet<string>; isAll: boolean }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each turn asks anew
  useEffect(() => {
    if (!asks) return setKnown(undefined);
    let isOver = false;
    const load = async () => {
      const { items, isAll } = await allPages((after) => rest.mutes(room.roomId, after), PAGES);
      if (!isOver) setKnown({ users: new Set(items.map(({ userId }) => userId)), isAll });
    };
    // Without an answer, both are offered.
    load().catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [rest, room, asks, turn]);
  const has = useCallback((userId: string) => known && (known.users.has(userId) || (known.isAll ? false : undefined)), [known]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { has, again };
}

import type { Room } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useEffect, useState } from 'react';

/** Which messages were new when one came here or came back to the page: those above `after`, up to `last`. */
export interface News {
  after: number;
  last: number;
}

const NONE: News = { after: 0, last: 0 };

export function useNews(room: Room): News {
  const loaded = useRoomState(room, (state) => state.loaded);
  const [news, setNews] = useState(NONE);
  useEffect(() => {
    if (!loaded) return;
    const { read, unread } = room.state.get();
    setNews(unread > 0 ? { after: read, last: room.cursor?.seq ?? 0 } : NONE);
  }, [loaded, room]);
  useEffect(() => {
    const looked = () => {
      const head = room.cursor?.seq ?? 0;
      if (!document.hidden) setNews((before) => (before.last === Number.POSITIVE_INFINITY ? { ...before, last: head } : before));
      else if (room.state.get().unread === 0) setNews({ after: head, last: Number.POSITIVE_INFINITY });
    };
    document.addEventListener('visibilitychange', looked);
    return () => document.removeEventListener('visibilitychange', looked);
  }, [room]);
  return news;
}

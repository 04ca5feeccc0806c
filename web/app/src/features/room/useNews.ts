import type { Room } from 'chat-client';
import { useEffect, useState } from 'react';

/** Which messages were new when one came here or came back to the page: those above `after`, up to `last`. What came later is above both. */
export interface News {
  after: number;
  last: number;
}

/** Until the server has said what is there, nothing of it is new. */
const NONE: News = { after: Number.POSITIVE_INFINITY, last: 0 };

const newsOf = (room: Room): News => {
  const { read, unread } = room.state.get();
  const last = room.cursor?.seq ?? 0;
  return { after: unread > 0 ? read : last, last };
};

/** `loaded`: the server has said what is there. It is known with the same drawing what is new of it. */
export function useNews(room: Room, loaded: boolean): News {
  const [{ of, news }, set] = useState(() => ({ of: loaded, news: loaded ? newsOf(room) : NONE }));
  if (of !== loaded) set({ of: loaded, news: loaded ? newsOf(room) : NONE });
  useEffect(() => {
    const setNews = (next: (before: News) => News) => set((now) => ({ ...now, news: next(now.news) }));
    const looked = () => {
      const head = room.cursor?.seq ?? 0;
      if (!document.hidden) setNews((before) => (before.last === Number.POSITIVE_INFINITY ? { ...before, last: head } : before));
      else if (room.state.get().unread === 0) setNews(() => ({ after: head, last: Number.POSITIVE_INFINITY }));
    };
    document.addEventListener('visibilitychange', looked);
    return () => document.removeEventListener('visibilitychange', looked);
  }, [room]);
  return news;
}

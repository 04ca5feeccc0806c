import { useInfiniteQuery } from '@tanstack/react-query';
import type { ChatClient, RoomView } from 'chat-client';
import { useChat } from 'chat-client/react';
import { usePaused } from './usePaused.ts';

/** How many come at one time. */
const PAGE = 50;

/** Only administrators are told of private rooms. */
export type ListedKind = 'public' | 'private';

/** Rooms of a kind page by page, by id; or, of public ones, those whose name or topic has a word that begins so. */
export function useListed(kind: ListedKind, text = '') {
  const client = useChat();
  const paused = usePaused(text.trim());
  // Private ones are not searched.
  const search = kind === 'public' ? paused : '';
  const query = useInfiniteQuery({
    queryKey: ['listed', kind, search],
    queryFn: ({ pageParam }) => (search ? client.rest.findRooms(search, pageParam, PAGE) : byId(client, kind, pageParam)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    // Until there is an answer, what was found before stays; of another kind, nothing does.
    placeholderData: (before, of) => (of?.queryKey[1] === kind ? before : undefined),
  });
  return { query, search, rooms: query.data?.pages.flatMap((page) => page.rooms) ?? [] };
}

async function byId({ rest }: ChatClient, kind: ListedKind, after?: string): Promise<{ rooms: RoomView[]; next?: string }> {
  const rooms = await rest.rooms(after, PAGE, kind);
  return { rooms, next: rooms.length < PAGE ? undefined : rooms.at(-1)?.roomId };
}

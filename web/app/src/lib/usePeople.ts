import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { UserView } from 'chat-client';
import { useChat } from 'chat-client/react';
import { usePaused } from './usePaused.ts';

/** How many come at one time. */
const PAGE = 20;

/** Others whose names have a word that begins so, page by page. */
export function usePeople(text: string, enabled = true) {
  const client = useChat();
  const search = usePaused(text.trim());
  const query = useInfiniteQuery({
    queryKey: ['users', search],
    queryFn: ({ pageParam }) => client.rest.users(search, pageParam, PAGE),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    enabled: enabled && search.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const isOther = (user: UserView) => user.userId !== client.me();
  const people = search ? query.data?.pages.flatMap((page) => page.users).filter(isOther) : undefined;
  return {
    /** Those found so far; nothing before there is an answer. */
    people,
    isLoading: query.isLoading,
    error: query.error,
    /** Has the next ones come, where there are more. */
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    isLoadingMore: query.isFetchingNextPage,
  };
}

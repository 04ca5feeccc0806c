import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { AccountView } from 'chat-client';
import { useChat } from 'chat-client/react';
import { usePaused } from '../../lib/usePaused.ts';
import { usePeople } from '../../lib/usePeople.ts';
import { EVERY } from './every.ts';

/** How many come at one time. */
const PAGE = 20;

export interface Named {
  userId: string;
  username: string;
  standing?: AccountView['standing'];
  admin?: boolean;
}

interface Accounts {
  /** Those found so far; nothing before there is an answer. */
  people: Named[] | undefined;
  error: Error | null;
  /** Has the next ones come, where there are more. */
  more: (() => void) | undefined;
  isLoadingMore: boolean;
}

/** The account of this name; nothing before there is an answer, and where nobody is called so. */
export function useAccount(username: string, enabled = true) {
  const client = useChat();
  return useQuery({
    queryKey: ['accounts', 'of', username],
    queryFn: async () => (await client.rest.accounts({ username })).accounts[0] ?? null,
    enabled,
    retry: false,
  });
}

/**
 * All accounts page by page; or those whose names begin so, and the one that is called exactly so, which may be suspended. Unless
 * `isStill`, new accounts come in by themselves. That is so only while there is one page, as they come in between the others.
 */
export function useAccounts(text: string, isStill: boolean): Accounts {
  const client = useChat();
  const search = usePaused(text.trim());
  const all = useInfiniteQuery({
    queryKey: ['accounts', 'all'],
    queryFn: ({ pageParam }) => client.rest.accounts({ after: pageParam, limit: PAGE }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    enabled: !search,
    retry: false,
    refetchInterval: ({ state }) => !isStill && (state.data?.pages.length ?? 0) < 2 && EVERY,
  });
  const exact = useAccount(search, search !== '');
  const found = usePeople(text);
  if (!search) {
    return {
      people: all.data?.pages.flatMap((page): Named[] => page.accounts),
      error: all.error,
      more: all.hasNextPage ? () => void all.fetchNextPage() : undefined,
      isLoadingMore: all.isFetchingNextPage,
    };
  }
  const first: Named[] = exact.data ? [exact.data] : [];
  const others = found.people?.filter((user) => user.userId !== exact.data?.userId);
  return { ...found, people: others && [...first, ...others] };
}

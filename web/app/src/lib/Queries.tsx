import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ChatError } from 'chat-client';
import { useChat } from 'chat-client/react';
import { type ReactNode, useEffect } from 'react';

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 2 && error instanceof ChatError && error.again, staleTime: 10_000 },
  },
});

/** What views below have asked the server over REST, kept for a while. */
export function Queries({ children }: { children: ReactNode }) {
  const { state } = useChat();
  // What one user has seen is not for the next one, and neither for one who comes back.
  useEffect(() => state.watch(() => state.get().me ?? queries.clear()), [state]);
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}

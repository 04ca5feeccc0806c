import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ChatClient, ChatError } from 'chat-client';
import { ChatProvider } from 'chat-client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { show } from './lib/preferences.ts';
import { Router } from './shell/Router.tsx';
import { SpokenProvider } from './shell/SpokenProvider.tsx';
import './style.css';

show();
const client = new ChatClient();
client.start();

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 2 && error instanceof ChatError && error.again, staleTime: 10_000 },
  },
});
// What one user has seen is not for the next one.
client.state.watch(() => client.state.get().me ?? queries.clear());

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ChatProvider client={client}>
      <QueryClientProvider client={queries}>
        <SpokenProvider>
          <Router />
        </SpokenProvider>
      </QueryClientProvider>
    </ChatProvider>
  </StrictMode>,
);

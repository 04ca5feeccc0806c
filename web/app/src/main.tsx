import { ChatClient } from 'chat-client';
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

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ChatProvider client={client}>
      <SpokenProvider>
        <Router />
      </SpokenProvider>
    </ChatProvider>
  </StrictMode>,
);

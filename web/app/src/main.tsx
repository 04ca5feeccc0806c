import { ChatClient } from 'chat-client';
import { ChatProvider } from 'chat-client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { keepPage } from './lib/keepPage.ts';
import { show } from './lib/preferences.ts';
import { Router } from './shell/Router.tsx';
import { SpokenProvider } from './shell/SpokenProvider.tsx';
import './style.css';

show();
const client = new ChatClient();
client.start();
if (import.meta.env.PROD) keepPage();

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ChatProvider client={client}>
      <SpokenProvider>
        <Router />
      </SpokenProvider>
    </ChatProvider>
  </StrictMode>,
);

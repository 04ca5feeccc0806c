import { useChat } from 'chat-client/react';
import { useEffect, useSyncExternalStore } from 'react';
import { useLocation } from 'react-router';
import { useUnread } from '../lib/useUnread.ts';
import { useText } from '../text/index.ts';

/** The document's title: how much is unread, and where one is. */
export function useTitle(): void {
  const texts = useText();
  const client = useChat();
  const unread = useUnread();
  const { pathname } = useLocation();
  const roomId = /^\/room\/([^/]+)/.exec(pathname)?.[1];
  const room = roomId ? client.room(decodeURIComponent(roomId)) : undefined;
  const name = useSyncExternalStore(
    (told) => room?.state.watch(told) ?? (() => undefined),
    () => room?.state.get().roomName,
    () => undefined,
  );
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ''}${name ? `${name} · ` : ''}${texts.app}`;
  }, [unread, name, texts]);
}

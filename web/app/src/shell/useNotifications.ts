import { isMentioned } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { remember } from '../features/room/places.ts';
import { isQuiet } from '../lib/notify.ts';
import { usePreference } from '../lib/preferences.ts';

const MAX_TEXT = 160;

/** Tells of messages that come while one looks elsewhere, if that is wished. */
export function useNotifications(): void {
  const client = useChat();
  const navigate = useNavigate();
  const notify = usePreference((value) => value.notify);
  useEffect(() => {
    if (!notify || typeof Notification === 'undefined') return;
    return client.onMessage((room, message) => {
      if (!document.hidden || message.senderId === client.me() || Notification.permission !== 'granted') return;
      if (isQuiet(room.roomId) && !isMentioned(message, client.me())) return;
      const { roomName, kind } = room.state.get();
      const title = kind === 'direct' ? message.sender : `${message.sender} · ${roomName}`;
      // One for each room: a busy one does not fill the screen. Two tabs make one of it, too.
      const shown = new Notification(title, { body: message.message.slice(0, MAX_TEXT), tag: room.roomId, icon: '/icon.svg' });
      shown.onclick = () => {
        window.focus();
        // What is new is what one comes for, and not what one was reading.
        remember(room, undefined);
        navigate(`/room/${encodeURIComponent(room.roomId)}`);
        shown.close();
      };
    });
  }, [client, navigate, notify]);
}

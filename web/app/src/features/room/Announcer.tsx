import type { Message, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useEffect, useState } from 'react';
import { plain } from '../../lib/plain.ts';
import { useText } from '../../text/index.ts';

/** Messages are told together that come within this time, so that a busy room does not talk without end. */
const TOGETHER = 1_500;

/** Tells screen readers what comes in. */
export function Announcer({ room }: { room: Room }) {
  const texts = useText();
  const client = useChat();
  const [said, setSaid] = useState('');
  useEffect(() => {
    let waiting: Message[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      const [first] = waiting;
      setSaid(
        waiting.length === 1 && first ? texts.room.arrived(first.sender, plain(first.message)) : texts.room.arrivedMany(waiting.length),
      );
      waiting = [];
      timer = undefined;
    };
    const unwatch = client.onMessage((other, message) => {
      if (other !== room || message.senderId === client.me()) return;
      waiting.push(message);
      timer ??= setTimeout(tell, TOGETHER);
    });
    return () => {
      unwatch();
      clearTimeout(timer);
    };
  }, [client, room, texts]);
  return (
    <div aria-live="polite" className="sr-only">
      {said}
    </div>
  );
}

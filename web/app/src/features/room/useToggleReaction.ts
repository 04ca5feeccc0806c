import type { Message, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useToast } from '../../ui/toast.tsx';

/** An emoji without its skin tones. */
const toneless = (emoji: string) => emoji.replace(/[\u{1f3fb}-\u{1f3ff}]/gu, '');

/** How one has reacted with an emoji, in whichever skin tones. */
export const ownReactions = ({ reactions = [] }: Message, emoji: string, me: string): string[] =>
  reactions.filter((other) => toneless(other.emoji) === toneless(emoji) && other.users.includes(me)).map((other) => other.emoji);

/**
 * Reacts with an emoji, or takes that back. It takes the place of the same one in another skin tone, which goes only once the new one is
 * there: if that is refused, the old one stays.
 */
export function useToggleReaction(room: Room, message: Message) {
  const me = useChat().me() ?? '';
  const fail = useToast();
  return (emoji: string) => {
    const own = ownReactions(message, emoji, me);
    const toggle = async () => {
      if (!own.includes(emoji)) await room.react(message.seq, emoji);
      await Promise.all(own.map((other) => room.unreact(message.seq, other)));
    };
    toggle().catch(fail);
  };
}

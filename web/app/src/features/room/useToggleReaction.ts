import type { Message, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useToast } from '../../ui/toast.tsx';

/** Reacts with an emoji, or takes that back. */
export function useToggleReaction(room: Room, message: Message) {
  const me = useChat().me() ?? '';
  const fail = useToast();
  return (emoji: string) => {
    const has = message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.users.includes(me));
    (has ? room.unreact(message.seq, emoji) : room.react(message.seq, emoji)).catch(fail);
  };
}

import type { Message, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useToast } from '../../ui/toast.tsx';
import { toggleReaction } from './reactions.ts';

/** Reacts to the message with an emoji, or takes that back, and says so where it fails. */
export function useToggleReaction(room: Room, message: Message) {
  const me = useChat().me() ?? '';
  const fail = useToast();
  return (emoji: string) => void toggleReaction(room, message, emoji, me).catch(fail);
}

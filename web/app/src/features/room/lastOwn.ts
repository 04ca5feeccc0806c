// What one wrote last, for whoever wants to change it.

import type { Message, RoomState, WaitingItem } from 'chat-client';

export type LastOwn = { kind: 'sent'; message: Message } | { kind: 'refused' | 'on its way'; item: WaitingItem } | undefined;

/** The last message of one's own in a room, as they are shown: those that wait stand below those that are sent. */
export function lastOwn({ messages, pending }: Pick<RoomState, 'messages' | 'pending'>, me: string | undefined): LastOwn {
  const isMine = (message: Message) => message.senderId === me;
  // The ack may have come before the outbox was told.
  const isSent = (item: WaitingItem) => messages.findLast((message) => isMine(message) && message.clientId === item.clientId);
  const item = pending.findLast((each) => !isSent(each));
  if (item) return { kind: item.failed ? 'refused' : 'on its way', item };
  const message = messages.findLast((each) => isMine(each) && !each.deletedAt);
  return message && { kind: 'sent', message };
}

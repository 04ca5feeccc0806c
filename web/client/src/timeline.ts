// Messages of a room as they now stand, by seq. Pure: lists are replaced, and never changed.

import type { OutboxItem } from './outbox.ts';
import type { Frame, HistoryMessage, ReactionView, Sent } from './wire/server.ts';

export type Message = HistoryMessage;
export type Timeline = readonly Message[];

/** The room in which administrators tell everybody something. */
export const ANNOUNCEMENTS = 'announcements';

/** Where the message of this seq is, or would be. */
export function place(timeline: Timeline, seq: number): number {
  let [low, high] = [0, timeline.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timeline[middle] as Message).seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function find(timeline: Timeline, seq: number): Message | undefined {
  const message = timeline[place(timeline, seq)];
  return message?.seq === seq ? message : undefined;
}

/** Puts a message in its place; one that is there stays as it is, since it may have been changed meanwhile. */
export function insert(timeline: Timeline, message: Message): Timeline {
  const at = place(timeline, message.seq);
  if (timeline[at]?.seq === message.seq) return timeline;
  return [...timeline.slice(0, at), message, ...timeline.slice(at)];
}

/** Puts a page of history in its place. What the page says of a message goes before what was known. */
export function merge(timeline: Timeline, page: Timeline): Timeline {
  if (page.length === 0) return timeline;
  const seqs = new Set(page.map((message) => message.seq));
  return [...timeline.filter((message) => !seqs.has(message.seq)), ...page].sort((a, b) => a.seq - b.seq);
}

function change(timeline: Timeline, seq: number, how: (message: Message) => Message): Timeline {
  const at = place(timeline, seq);
  const message = timeline[at];
  if (message?.seq !== seq || message.deletedAt) return timeline;
  return [...timeline.slice(0, at), how(message), ...timeline.slice(at + 1)];
}

function added(reactions: readonly ReactionView[], emoji: string, user: string): ReactionView[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  if (!known) return [...reactions, { emoji, users: [user] }];
  if (known.users.includes(user)) return [...reactions];
  return reactions.map((reaction) => (reaction === known ? { emoji, users: [...known.users, user] } : reaction));
}

function removed(reactions: readonly ReactionView[], emoji: string, user: string): ReactionView[] {
  const rest = reactions.map((reaction) =>
    reaction.emoji === emoji ? { emoji, users: reaction.users.filter((other) => other !== user) } : reaction,
  );
  return rest.filter((reaction) => reaction.users.length > 0);
}

/** What an entry does to the messages. */
export function apply(timeline: Timeline, entry: Frame): Timeline {
  switch (entry.action) {
    case 'new-message': {
      const { action: _action, after: _after, roomId: _roomId, ...message } = entry;
      return insert(timeline, message);
    }
    case 'message-edited':
      return change(timeline, entry.target, (message) => ({
        ...message,
        message: entry.message ?? message.message,
        mentions: entry.mentions,
        mentionsRoom: entry.mentionsRoom,
        editedAt: entry.timestamp,
      }));
    case 'message-deleted':
      // An announcement that was deleted, or is over, leaves nothing behind.
      if (entry.roomId === ANNOUNCEMENTS) return timeline.filter((message) => message.seq !== entry.target);
      return change(timeline, entry.target, ({ seq, sender, senderId, guest, timestamp, clientId }) => ({
        ...{ seq, sender, senderId, guest, timestamp, clientId },
        message: '',
        deletedAt: entry.timestamp,
      }));
    case 'reaction-added':
    case 'reaction-removed': {
      const edit = entry.action === 'reaction-added' ? added : removed;
      return change(timeline, entry.target, (message) => ({
        ...message,
        reactions: edit(message.reactions ?? [], entry.emoji, entry.senderId),
      }));
    }
    case 'message-pinned':
    case 'message-unpinned':
      return change(timeline, entry.target, (message) => ({ ...message, pinned: entry.action === 'message-pinned' }));
    default:
      return timeline;
  }
}

/** What an item of the outbox has become, as the server has taken it. */
export function sentAs(item: OutboxItem, { seq, timestamp }: Sent): Message {
  const { clientId, message, replyTo, mentions, mentionsRoom, userId, username } = item;
  return { seq, timestamp, sender: username, senderId: userId, clientId, message, replyTo, mentions, mentionsRoom };
}

// Who has read how far. Pure.

import type { RoomState } from './state.ts';
import type { Message, Timeline } from './timeline.ts';
import type { MemberView, ReaderView } from './wire/server.ts';

type Reads = RoomState['reads'];

/** How far users have read, as the server answers. What was told while the answer was on its way goes before the answer. */
export function answered(before: Reads, now: Reads, answer: readonly ReaderView[]): Reads {
  const reads: Record<string, number> = {};
  for (const { userId, seq } of answer) reads[userId] = seq;
  for (const [userId, seq] of Object.entries(now)) {
    if (before[userId] !== seq) reads[userId] = Math.max(seq, reads[userId] ?? 0);
  }
  return reads;
}

/** The members who have read up to this message, without its sender. */
export function seenBy({ members, reads }: Pick<RoomState, 'members' | 'reads'>, { senderId, seq }: Message): MemberView[] {
  return members.filter(({ userId }) => userId !== senderId && (reads[userId] ?? 0) >= seq);
}

/** The newest message of a user that is not deleted. */
export function lastOf(userId: string, messages: Timeline): Message | undefined {
  return messages.findLast((message) => message.senderId === userId && !message.deletedAt);
}

import type { ChatClient, Notice } from 'chat-client';

/** An invitation by name. */
export interface Invited {
  roomId: string;
  /** The user id of who invited. */
  by: string;
  /** The seq of the notice. */
  seq: number;
}

/** Up to which notice of each room one has answered. */
export type Answered = Readonly<Record<string, number>>;

/** So many rooms are kept in which one has answered. */
const MOST = 200;

/** What one's inbox has told of invitations that one has not answered, the newest first. */
export function unanswered(notices: readonly Notice[], answered: Answered): Invited[] {
  const found = new Map<string, Invited>();
  for (const { notice, seq } of notices) {
    if (notice.kind !== 'invited' && notice.kind !== 'removed') continue;
    // Whoever is removed needs another invitation.
    found.delete(notice.roomId);
    if (notice.kind === 'invited') found.set(notice.roomId, { roomId: notice.roomId, by: notice.by, seq });
  }
  return [...found.values()].filter(({ roomId, seq }) => seq > (answered[roomId] ?? 0)).reverse();
}

/** What one has answered, with one more, which is the last to be forgotten. */
export function withAnswer(answered: Answered, { roomId, seq }: Invited): Answered {
  const { [roomId]: before = 0, ...others } = answered;
  return Object.fromEntries([...Object.entries(others).slice(1 - MOST), [roomId, Math.max(before, seq)]]);
}

/** What a user is called, as far as what one has at hand tells. */
export function nameOfUser(client: ChatClient, userId: string): string | undefined {
  for (const room of client.state.get().rooms) {
    const { peer, members, lastMessage } = room.state.get();
    const user = [peer, ...members].find((other) => other?.userId === userId);
    if (user) return user.username;
    if (lastMessage?.senderId === userId) return lastMessage.sender;
  }
}

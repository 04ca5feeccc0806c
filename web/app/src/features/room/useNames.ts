import type { Room, RoomState, UserView } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useMemo } from 'react';
import { EVERYONE } from '../../lib/everyone.ts';
import { saidIn } from '../../lib/mentions.ts';

/** How many users a message mentions at most. */
const MOST = 64;

interface Mentioning {
  message: string;
  mentions?: readonly string[];
  mentionsRoom?: boolean;
}

/** Who may be mentioned. Of a large room not all members are known, so that those count, too, who are there or have written. */
export function mentionable({ members, memberCount, online, messages }: RoomState): readonly UserView[] {
  if (members.length >= memberCount) return members;
  const wrote = messages.map(({ senderId, sender }) => ({ userId: senderId, username: sender })).reverse();
  return [...new Map([...wrote, ...online, ...members].map((user) => [user.userId, user])).values()];
}

/** What is marked in a text as the name of somebody mentioned; that of the room is one, too. */
export function useNames(room: Room, { message, mentions, mentionsRoom }: Mentioning): readonly string[] {
  const members = useRoomState(room, (state) => state.members);
  return useMemo(() => namesIn({ message, mentions, mentionsRoom }, members), [message, members, mentions, mentionsRoom]);
}

export function namesIn(message: Mentioning, people: readonly UserView[]): string[] {
  const { names, words } = read(message, people);
  return [...names, ...words];
}

/**
 * Whom a text mentions, by id. If it is an edit of a message, somebody stays mentioned who was not found by name in that, as long as a word
 * that may stand for them is still there.
 */
export function mentionsIn(text: string, people: readonly UserView[], edited?: Mentioning): string[] | undefined {
  const said = saidIn(text, names(people));
  // Of two who are called so, the first.
  const found = [...said].flatMap((name) => people.find((user) => user.username.toLowerCase() === name)?.userId ?? []);
  const before = edited && read(edited, people);
  const stay = before && saidIn(text, before.words).size > 0 ? before.missing : [];
  const ids = [...new Set([...found, ...stay])].slice(0, MOST);
  return ids.length ? ids : undefined;
}

const names = (people: readonly UserView[]) => people.map((user) => user.username);

/** Who is mentioned may be called otherwise by now, or not be known here: then it is an `@` whose word stands for nobody else. */
function read({ message, mentions = [], mentionsRoom = false }: Mentioning, people: readonly UserView[]) {
  const mentioned = people.filter((user) => mentions.includes(user.userId));
  const known = mentionsRoom ? [...names(mentioned), EVERYONE] : names(mentioned);
  const said = saidIn(message, known);
  const found = mentioned.filter((user) => said.has(user.username.toLowerCase()));
  const missing = mentions.filter((id) => !found.some((user) => user.userId === id));
  if (missing.length === 0) return { names: known, missing, words: [] };
  const words = [...message.matchAll(/@([\p{L}\p{N}_.-]*[\p{L}\p{N}])/gu)].map(([, word = '']) => word);
  const others = words.filter((word) => !known.some((name) => name.toLowerCase().startsWith(word.toLowerCase())));
  return { names: known, missing, words: [...new Set(others)].slice(0, missing.length) };
}

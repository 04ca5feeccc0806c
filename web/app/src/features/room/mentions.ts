// Whom a text mentions, and how that is shown. Pure.

import type { RoomState, UserView } from 'chat-client';
import { EVERYONE } from '../../lib/everyone.ts';
import { isDeleted } from '../../lib/rooms.ts';
import { saidIn } from '../../lib/said.ts';

/** How many users a message mentions at most. */
const MOST = 64;

/** A text, and whom it mentions. */
export interface Mentioning {
  message: string;
  mentions?: readonly string[];
  mentionsRoom?: boolean;
}

/** Who may be mentioned. Of a large room not all members are known, so that those count, too, who are there or have written. */
export function mentionable({ members, memberCount, online, messages }: RoomState): readonly UserView[] {
  if (members.length >= memberCount) return members.filter((user) => !isDeleted(user));
  const wrote = messages.map(({ senderId, sender }) => ({ userId: senderId, username: sender })).reverse();
  const all = new Map<string, UserView>();
  // A guest's name is another one's as soon as the guest has left.
  for (const user of [...members, ...online, ...wrote]) if (!all.has(lower(user))) all.set(lower(user), user);
  return [...all.values()].filter((user) => !isDeleted(user));
}

/** What is marked in a text as the name of somebody mentioned; that of the room is one, too. */
export function namesIn(message: Mentioning, people: readonly UserView[]): string[] {
  const { names, words } = read(message, people);
  return [...names, ...words];
}

/**
 * Whom a text mentions, by id. Of a message that is edited, those stay mentioned who are in it by no name that is known here, as long as one
 * of the words that may stand for them is still there. Nobody else who is called so is meant by such a word.
 */
export function mentionsIn(text: string, people: readonly UserView[], edited?: Mentioning): string[] | undefined {
  const before = edited && read(edited, people);
  const words = new Set(before?.words.map((word) => word.toLowerCase()));
  const said = saidIn(text, [...names(people), ...words]).names;
  // Of two who are called so, the first.
  const found = [...said].filter((name) => !words.has(name)).map((name) => people.find((user) => lower(user) === name)?.userId);
  const stay = before && [...said].some((name) => words.has(name)) ? before.missing : [];
  const ids = [...new Set([...found, ...stay])].filter((id) => id !== undefined).slice(0, MOST);
  return ids.length ? ids : undefined;
}

const lower = (user: UserView) => user.username.toLowerCase();
const names = (people: readonly UserView[]) => people.map((user) => user.username);

/** Who is mentioned may be called otherwise by now, or not be known here: then it is an `@` whose word stands for nobody else. */
function read({ message, mentions = [], mentionsRoom = false }: Mentioning, people: readonly UserView[]) {
  const mentioned = people.filter((user) => mentions.includes(user.userId));
  const known = mentionsRoom ? [...names(mentioned), EVERYONE] : names(mentioned);
  if (mentions.length === 0) return { names: known, missing: [], words: [] };
  const said = saidIn(message, known);
  const found = new Set(mentioned.filter((user) => said.names.has(lower(user))).map((user) => user.userId));
  const missing = mentions.filter((id) => !found.has(id));
  return { names: known, missing, words: said.words.slice(0, missing.length) };
}

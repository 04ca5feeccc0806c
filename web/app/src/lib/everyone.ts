import type { RoomState, UserView } from 'chat-client';
import { saidIn } from './said.ts';

/** What stands after an `@` for everybody in the room. Nobody is called so: the server reserves the name. */
export const EVERYONE = 'room';

/** Whether one may mention everybody in a room: what the server's policy says. */
export function mayMentionEveryone({ kind, role }: Pick<RoomState, 'kind' | 'role'>, admin: boolean): boolean {
  if (kind === 'direct') return false;
  return admin || (kind !== 'announcement' && (role === 'owner' || role === 'moderator'));
}

/** Whether a text mentions everybody in the room. Those who are in it may have names that begin so. */
export const mentionsEveryone = (text: string, people: readonly UserView[]): boolean =>
  saidIn(text, [EVERYONE, ...people.map((user) => user.username)]).names.has(EVERYONE);

import type { Room, RoomState, UserView } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { type Texts, useText } from '../text/index.ts';
import type { IconName } from '../ui/Icon.tsx';

/** What the server calls the room of announcements, as long as nobody has named it. */
const ANNOUNCEMENTS = 'Announcements';

/** What the server calls whoever has deleted their account. Nobody else is called so. */
const DELETED = 'deleted user';

/** A name as the page says it. */
export const called = (name: string, { deletedUser }: Texts): string => (name === DELETED ? deletedUser : name);

/** Whether an account is deleted, as far as what one knows of a user or the list of members tells: either may be the older one. */
export const isDeleted = (user: UserView, members: readonly UserView[] = []): boolean =>
  [user, ...members].some(({ userId, username }) => userId === user.userId && username === DELETED);

/** Whether there is nobody any more to whom one would write in a direct room. */
export const isLeft = ({ kind, peer, members }: RoomState): boolean => kind === 'direct' && peer !== undefined && isDeleted(peer, members);

/** What a room is called: a direct one by the other's name. */
export function useRoomName(room: Room): string {
  const me = useChat().me();
  const texts = useText();
  return useRoomState(room, (state) => nameOf(state, me, texts));
}

export function nameOf(state: RoomState, me: string | undefined, texts: Texts): string {
  if (state.kind === 'announcement' && state.roomName === ANNOUNCEMENTS) return texts.rooms.announcements;
  if (state.kind !== 'direct') return state.roomName;
  if (isLeft(state)) return texts.deletedUser;
  return state.peer?.username ?? state.members.find((member) => member.userId !== me)?.username ?? state.roomName;
}

export const iconOf = (kind: string): IconName =>
  (({ private: 'lock', announcement: 'megaphone', direct: 'people' }) as Record<string, IconName>)[kind] ?? 'hash';

/** Whether somebody has joined no room yet. That of announcements is everybody's. */
export const isNewcomer = (rooms: readonly Room[]): boolean => rooms.every((room) => room.state.get().kind === 'announcement');

// What is known of a room, and how what comes in changes who is in it. Pure.

import type { ChatError } from './errors.ts';
import { PEOPLE_KEPT } from './limits.ts';
import { isMentioned } from './mentions.ts';
import type { WaitingItem } from './outbox.ts';
import type { Message, Timeline } from './timeline.ts';
import type * as server from './wire/server.ts';

/** Somebody who is present. */
export interface Present extends server.UserView {
  state: 'online' | 'away';
}

export interface RoomState {
  roomId: string;
  roomName: string;
  topic?: string;
  kind: string;
  archived: boolean;
  slowModeMs?: number;
  creatorId?: string;
  createdAt?: string;
  /** The other one of a direct room. */
  peer?: server.UserView;
  /** Whether one is a member, and how that ended if it did. */
  membership: 'unknown' | 'member' | 'none';
  ended?: { how: 'left' | 'kicked' | 'banned' | 'gone'; by?: string; reason?: string };
  role?: string;
  /** Until when one may not write, if that was told since one came, and nothing came that may have ended it. */
  mutedUntil?: string;
  messages: Timeline;
  /** One's own that wait to be sent, or could not be. */
  pending: readonly WaitingItem[];
  /** The messages are those that the browser kept, and the newest page is not there yet. */
  kept: boolean;
  /** The newest page is there. */
  loaded: boolean;
  loading: boolean;
  /** The first message there ever was is among `messages`. */
  complete: boolean;
  members: readonly server.MemberView[];
  memberCount: number;
  online: readonly Present[];
  onlineCount: number;
  typing: readonly server.UserView[];
  read: number;
  unread: number;
  mentions: number;
  /** How far others have read, by user id. */
  reads: Readonly<Record<string, number>>;
  lastMessage?: Message;
  /** When something was last said, for the order of lists. */
  activeAt: string;
  error?: ChatError;
}

/** What is known of what was said in a room before the server has said anything. */
export const FRESH = { mutedUntil: undefined, messages: [] as Timeline, kept: false, loaded: false, loading: false, complete: false };

/** A room of which nothing is known. */
export const unknownRoom = (roomId: string): RoomState => ({
  ...FRESH,
  ...{ roomId, roomName: '', kind: 'public', archived: false, membership: 'unknown' },
  ...{ pending: [], members: [], memberCount: 0, online: [], onlineCount: 0, typing: [] },
  ...{ read: 0, unread: 0, mentions: 0, reads: {}, activeAt: '' },
});

type Changes = Partial<RoomState>;

/** What a room is, has been changed: an empty text and 0 take something away. */
export function renamed(before: RoomState, { roomName, topic, archived, slowModeMs }: server.RoomChanged): Changes {
  return {
    roomName: roomName ?? before.roomName,
    topic: topic === undefined ? before.topic : topic || undefined,
    archived: archived ?? before.archived,
    slowModeMs: slowModeMs === undefined ? before.slowModeMs : slowModeMs || undefined,
  };
}

/** Somebody has become a member, or has another role. */
export function withMember(state: RoomState, { userId, username, guest, role }: server.MemberView): Changes {
  const isKnown = state.members.some((member) => member.userId === userId);
  const member = { userId, username, guest, role };
  const others = state.members.map((other) => (other.userId === userId ? member : other));
  const members = isKnown ? others : [...others, member].slice(0, PEOPLE_KEPT);
  return { members, memberCount: state.memberCount + Number(!isKnown) };
}

/** Somebody is no member any more. */
export function withoutMember(state: RoomState, userId: string, wasMember = true): Changes {
  const online = state.online.filter((user) => user.userId !== userId);
  return {
    members: state.members.filter((member) => member.userId !== userId),
    memberCount: Math.max(0, state.memberCount - Number(wasMember)),
    online,
    // Of those who are listed the server may have counted one less: whoever has joined need not be there.
    onlineCount: Math.max(online.length, state.onlineCount - Number(online.length < state.online.length)),
  };
}

/** Somebody came, went, or left the device. */
export function withPresence(
  state: RoomState,
  { userId, username, guest, lastSeen, state: presence, onlineCount }: Omit<server.Presence, 'action' | 'roomId'>,
): Changes {
  const others = state.online.filter((user) => user.userId !== userId);
  const was = others.length < state.online.length;
  if (presence === 'offline') {
    const members = each(state.members, (member) => (member.userId === userId ? { ...member, lastSeen } : member));
    return { members, online: others, onlineCount: onlineCount ?? Math.max(0, state.onlineCount - Number(was)) };
  }
  const online = [...others, { userId, username, guest, state: presence }].slice(0, PEOPLE_KEPT);
  // Of a large room only some of those present are known here, so that the server says how many there are.
  return { online, onlineCount: onlineCount ?? state.onlineCount + Number(!was) };
}

/**
 * An answer names those who are there, in the order of their ids. It may name only the first: of those behind them, whoever was known to be
 * there still is, as far as one can tell.
 */
export function withOnline(state: RoomState, named: readonly server.UserView[], onlineCount: number): Changes {
  const last = named.at(-1)?.userId ?? '';
  const others = named.length < onlineCount ? state.online.filter((user) => user.userId > last) : [];
  const online = [...named.map((user) => ({ ...user, state: 'online' as const })), ...others].slice(0, Math.min(onlineCount, PEOPLE_KEPT));
  return { online, onlineCount };
}

/** Users became members, or are no members any more. Not all of them are named in a large room. */
export function withMembersChanged(before: RoomState, { left, joined }: server.MembersChanged): RoomState {
  let state = before;
  const set = (changes: Changes) => {
    state = { ...state, ...changes };
  };
  for (const { userId } of left) set(withoutMember(state, userId));
  for (const user of joined) {
    set(withPresence(state, { ...user, state: 'online' }));
    // Whoever is known already may have been given a role since.
    if (!state.members.some((member) => member.userId === user.userId)) set(withMember(state, { ...user, role: 'member' }));
  }
  return state;
}

/** Users are called so wherever the room shows one. */
export function withNames(state: RoomState, names: ReadonlyMap<string, string>): Changes {
  const user = <U extends server.UserView>(shown: U): U => {
    const username = names.get(shown.userId) ?? shown.username;
    return username === shown.username ? shown : { ...shown, username };
  };
  const message = (shown: Message): Message => {
    const sender = names.get(shown.senderId) ?? shown.sender;
    return sender === shown.sender ? shown : { ...shown, sender };
  };
  const { messages, members, online, typing, peer, lastMessage } = state;
  return {
    ...{ messages: each(messages, message), lastMessage: lastMessage && message(lastMessage) },
    ...{ members: each(members, user), online: each(online, user), typing: each(typing, user), peer: peer && user(peer) },
  };
}

/** Changes what is in a list. Where nothing changes it is the same list, so that nothing is drawn anew. */
function each<T>(list: readonly T[], how: (item: T) => T): readonly T[] {
  return list.some((item) => how(item) !== item) ? list.map(how) : list;
}

/** What is unread of the messages between two entries of the log, the later one included, as far as it is known here. */
export function unreadIn({ messages, loaded, complete }: RoomState, after: number, upTo: number, me: string) {
  const unread = messages.filter(({ seq, senderId, deletedAt }) => seq > after && seq <= upTo && senderId !== me && !deletedAt);
  const isAll = loaded && (complete || (messages[0]?.seq ?? upTo + 1) <= after + 1);
  return { unread: unread.length, mentions: unread.filter((message) => isMentioned(message, me)).length, isAll };
}

/** Those who are writing, but for this user. */
export const othersTyping = ({ typing }: RoomState, userId: string) => typing.filter((user) => user.userId !== userId);

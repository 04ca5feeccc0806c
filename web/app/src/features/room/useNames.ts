import type { MemberView, Room } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useMemo } from 'react';
import { EVERYONE } from '../../lib/everyone.ts';

interface Mentioning {
  message: string;
  mentions?: readonly string[];
  mentionsRoom?: boolean;
}

/** What is marked in a text as the name of somebody mentioned; that of the room is one, too. */
export function useNames(room: Room, { message, mentions, mentionsRoom }: Mentioning): readonly string[] {
  const members = useRoomState(room, (state) => state.members);
  return useMemo(() => namesIn(message, members, mentions, mentionsRoom), [message, members, mentions, mentionsRoom]);
}

/** Who is mentioned may be called otherwise by now, or not be known here: then it is an `@` whose word stands for nobody else. */
export function namesIn(text: string, members: readonly MemberView[], mentions: readonly string[] = [], mentionsRoom = false): string[] {
  const named = members.filter((member) => mentions.includes(member.userId)).map((member) => member.username);
  const names = mentionsRoom ? [...named, EVERYONE] : named;
  const isSaid = (name: string) => text.toLowerCase().includes(`@${name.toLowerCase()}`);
  const missing = mentions.length - named.filter(isSaid).length;
  if (missing === 0) return names;
  const words = [...text.matchAll(/@([\p{L}\p{N}_.-]*[\p{L}\p{N}])/gu)].map(([, word = '']) => word);
  const others = words.filter((word) => !names.some((name) => name.toLowerCase().startsWith(word.toLowerCase())));
  return [...names, ...new Set(others)].slice(0, names.length + missing);
}

/** Whom a text mentions, by id. */
export function mentionsIn(text: string, members: readonly MemberView[]): string[] | undefined {
  const said = text.toLowerCase();
  const found = members.filter((member) => said.includes(`@${member.username.toLowerCase()}`)).map((member) => member.userId);
  return found.length ? found.slice(0, 64) : undefined;
}

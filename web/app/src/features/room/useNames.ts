import type { MemberView, Room } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useMemo } from 'react';
import { EVERYONE } from '../../lib/everyone.ts';

interface Mentioning {
  mentions?: readonly string[];
  mentionsRoom?: boolean;
}

/** The names of those who are mentioned; that of the room is one, too. */
export function useNames(room: Room, { mentions, mentionsRoom }: Mentioning): readonly string[] {
  const members = useRoomState(room, (state) => state.members);
  return useMemo(() => {
    const named = mentions?.length ? members.filter((member) => mentions.includes(member.userId)) : [];
    return [...named.map((member) => member.username), ...(mentionsRoom ? [EVERYONE] : [])];
  }, [members, mentions, mentionsRoom]);
}

/** Whom a text mentions, by id. */
export function mentionsIn(text: string, members: readonly MemberView[]): string[] | undefined {
  const said = text.toLowerCase();
  const found = members.filter((member) => said.includes(`@${member.username.toLowerCase()}`)).map((member) => member.userId);
  return found.length ? found.slice(0, 64) : undefined;
}

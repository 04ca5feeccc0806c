import type { MemberView, Room } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useMemo } from 'react';

const NONE: readonly string[] = [];

/** The names of those who are mentioned. */
export function useNames(room: Room, mentions: readonly string[] | undefined): readonly string[] {
  const members = useRoomState(room, (state) => state.members);
  return useMemo(
    () => (mentions?.length ? members.filter((member) => mentions.includes(member.userId)).map((member) => member.username) : NONE),
    [members, mentions],
  );
}

/** Whom a text mentions, by id. */
export function mentionsIn(text: string, members: readonly MemberView[]): string[] | undefined {
  const said = text.toLowerCase();
  const found = members.filter((member) => said.includes(`@${member.username.toLowerCase()}`)).map((member) => member.userId);
  return found.length ? found.slice(0, 64) : undefined;
}

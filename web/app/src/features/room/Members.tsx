import type { MemberView, Room } from 'chat-client';
import { useClient, useConnection, useRoomParts, useRoomState } from 'chat-client/react';
import { useEffect, useRef } from 'react';
import { called, isDeleted } from '../../lib/rooms.ts';
import { useBlocks } from '../../lib/useBlocks.ts';
import { useLastSeen } from '../../lib/useLastSeen.ts';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Toast } from '../../ui/toast.tsx';
import { MemberMenu } from './MemberMenu.tsx';
import { useMay } from './useMay.ts';
import { type Muted, useMuted } from './useMuted.ts';

interface Props {
  room: Room;
  /** It lies over the messages, as there is no room beside them. */
  isOver: boolean;
  /** It takes the focus. */
  hasFocus: boolean;
  onFocused: () => void;
  onClose: () => void;
}

/** Those who are in the room. */
export default function Members({ room, isOver, hasFocus, onFocused, onClose }: Props) {
  const texts = useText();
  const memberCount = useRoomState(room, (state) => state.memberCount);
  const aside = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!hasFocus) return;
    aside.current?.focus();
    onFocused();
  }, [hasFocus, onFocused]);
  const title = memberCount > 0 ? texts.rooms.members(memberCount) : texts.room.members;
  if (isOver)
    return (
      <Dialog side title={title} onClose={onClose}>
        <List room={room} />
        {/* That of the page lies below, and nobody is told of it. */}
        <Toast />
      </Dialog>
    );
  return (
    <aside
      ref={aside}
      tabIndex={-1}
      aria-label={texts.room.members}
      className="flex w-64 flex-col overflow-y-auto border-l border-line bg-surface"
    >
      <h2 className="sticky top-0 z-10 bg-surface py-4 pr-2 pl-5 text-sm font-semibold text-soft">{title}</h2>
      <List room={room} />
    </aside>
  );
}

const ORDER: Record<string, number> = { online: 0, away: 1 };

/** The present ones come first. */
function List({ room }: { room: Room }) {
  const { members, online, kind } = useRoomParts(room, 'members', 'online', 'kind');
  const isGuest = useClient((state) => !state.me?.refreshToken);
  const muted = useMuted(room, useMay(room).moderate);
  // In a direct room it is asked for where one would write.
  useBlocks(!isGuest && kind !== 'direct');
  // Without a connection nobody knows who is there.
  const isKnown = useConnection().name === 'online';
  const stateOf = (userId: string) => (isKnown ? online.find((user) => user.userId === userId)?.state : undefined);
  const sorted = [...members].sort(
    (a, b) => (ORDER[stateOf(a.userId) ?? ''] ?? 2) - (ORDER[stateOf(b.userId) ?? ''] ?? 2) || a.username.localeCompare(b.username),
  );
  // When those were here last who are not: it is not told as it happens to who has just come.
  useEffect(() => void room.loadMembers(), [room]);
  return (
    <ul className="flex flex-col gap-0.5 px-2.5 pb-4">
      {sorted.map((member) => (
        <Member key={member.userId} {...{ room, member, muted }} presence={isDeleted(member) ? undefined : stateOf(member.userId)} />
      ))}
    </ul>
  );
}

interface MemberProps {
  room: Room;
  member: MemberView;
  muted: Muted;
  presence: 'online' | 'away' | undefined;
}

function Member({ room, member, muted, presence }: MemberProps) {
  const texts = useText();
  const name = called(member.username, texts);
  const seen = useLastSeen(presence ? undefined : member.lastSeen);
  const role = member.role === 'member' ? undefined : texts.room.roles[member.role];
  const notes = [role, member.guest && texts.guest, muted.has(member.userId) && texts.room.isMuted, seen].filter(Boolean);
  const spoken = presence === 'away' ? texts.room.away : presence ? undefined : texts.room.offline;
  return (
    <li className="group flex min-h-12 items-center gap-3 rounded-xl px-2.5 py-1 hover:bg-hover">
      <Avatar id={member.userId} name={name} presence={presence} />
      <span className="min-w-0 flex-1 leading-tight">
        <span className={`block truncate font-medium ${presence ? '' : 'text-soft'}`}>{name}</span>
        {notes.length > 0 && <span className="block text-xs text-faint">{notes.join(' · ')}</span>}
        {spoken && <span className="sr-only">{spoken}</span>}
      </span>
      <MemberMenu {...{ room, member, muted }} />
    </li>
  );
}

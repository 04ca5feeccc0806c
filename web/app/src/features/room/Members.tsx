import type { MemberView, Room } from 'chat-client';
import { useClient, useConnection, useRoomParts } from 'chat-client/react';
import { useEffect } from 'react';
import { useLastSeen } from '../../lib/useLastSeen.ts';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { IconButton } from '../../ui/Button.tsx';
import { useBack } from '../../ui/useBack.ts';
import { MemberMenu } from './MemberMenu.tsx';
import { type Muted, useMuted } from './useMuted.ts';

interface Props {
  room: Room;
  /** It lies over the messages, as there is no room beside them. */
  isOver: boolean;
  onClose: () => void;
}

const ORDER: Record<string, number> = { online: 0, away: 1 };

/** Those who are in the room, the present ones first. */
export default function Members({ room, isOver, onClose }: Props) {
  const texts = useText();
  const { members, online, memberCount, role, kind } = useRoomParts(room, 'members', 'online', 'memberCount', 'role', 'kind');
  const admin = useClient((state) => state.admin);
  const muted = useMuted(room, kind !== 'direct' && (admin || role === 'owner' || role === 'moderator'));
  // Without a connection nobody knows who is there.
  const isKnown = useConnection().name === 'online';
  const stateOf = (userId: string) => (isKnown ? online.find((user) => user.userId === userId)?.state : undefined);
  const sorted = [...members].sort(
    (a, b) => (ORDER[stateOf(a.userId) ?? ''] ?? 2) - (ORDER[stateOf(b.userId) ?? ''] ?? 2) || a.username.localeCompare(b.username),
  );
  useBack(onClose, isOver);
  // When those were here last who are not: it is not told as it happens to who has just come.
  useEffect(() => void room.loadMembers(), [room]);
  useEffect(() => {
    if (!isOver) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [isOver, onClose]);
  useEffect(() => {
    if (!isOver) return;
    const before = document.activeElement as HTMLElement | null;
    return () => before?.focus();
  }, [isOver]);
  return (
    <aside
      aria-label={texts.room.members}
      className={`flex flex-col overflow-y-auto border-l border-line bg-surface ${isOver ? 'absolute inset-y-0 right-0 z-20 w-72 max-w-[88%] animate-rise shadow-float' : 'w-64'}`}
    >
      <div className="sticky top-0 flex items-center justify-between bg-surface py-2 pr-2 pl-5">
        <h2 className="text-sm font-semibold text-soft">{memberCount > 0 ? texts.rooms.members(memberCount) : texts.room.members}</h2>
        {isOver && <IconButton icon="close" label={texts.close} onClick={onClose} />}
      </div>
      <ul className="flex flex-col gap-0.5 px-2.5 pb-4">
        {sorted.map((member) => (
          <Member key={member.userId} {...{ room, member, muted }} presence={stateOf(member.userId)} />
        ))}
      </ul>
    </aside>
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
  const seen = useLastSeen(presence ? undefined : member.lastSeen);
  const role = member.role === 'member' ? undefined : texts.room.roles[member.role];
  const notes = [role, member.guest && texts.guest, muted.has(member.userId) && texts.room.isMuted, seen].filter(Boolean);
  const spoken = presence === 'away' ? texts.room.away : presence ? undefined : texts.room.offline;
  return (
    <li className="group flex min-h-12 items-center gap-3 rounded-xl px-2.5 hover:bg-hover">
      <Avatar id={member.userId} name={member.username} presence={presence} />
      <span className="min-w-0 flex-1 leading-tight">
        <span className={`block truncate font-medium ${presence ? '' : 'text-soft'}`}>{member.username}</span>
        {notes.length > 0 && <span className="block truncate text-xs text-faint">{notes.join(' · ')}</span>}
        {spoken && <span className="sr-only">{spoken}</span>}
      </span>
      <MemberMenu {...{ room, member, muted }} />
    </li>
  );
}

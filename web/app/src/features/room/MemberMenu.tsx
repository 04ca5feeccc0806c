import type { MemberView, Room } from 'chat-client';
import { useChat, useClient, useRoomParts } from 'chat-client/react';
import { useState } from 'react';
import { isDeleted } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Dialog.tsx';
import { Menu, type MenuItem } from '../../ui/Menu.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useGo } from '../../ui/useBack.ts';
import { useBlockItem } from './useBlockItem.ts';
import { useMay } from './useMay.ts';
import type { Muted } from './useMuted.ts';

const HOUR = 3_600_000;
const FOREVER = '9999-12-31T23:59:59.000Z';
const RANK: Record<string, number> = { owner: 2, moderator: 1, member: 0 };
const ROLES = ['member', 'moderator', 'owner'] as const;
const ROLE_ICONS = { member: 'person', moderator: 'shield', owner: 'crown' } as const;

/** What one can do with a member. The server judges; what it would refuse is not offered. */
export function MemberMenu({ room, member, muted }: { room: Room; member: MemberView; muted: Muted }) {
  const texts = useText();
  const client = useChat();
  const go = useGo();
  const tell = useToast();
  const may = useMay(room);
  const block = useBlockItem(member);
  const admin = useClient((state) => state.admin);
  const isGuest = useClient((state) => !state.me?.refreshToken);
  const { role, kind } = useRoomParts(room, 'role', 'kind');
  const [asked, setAsked] = useState<'kick' | 'ban' | 'owner'>();
  const { userId, username } = member;
  if (userId === client.me() || isDeleted(member)) return null;

  const { done } = texts.room;
  const run = (what: Promise<unknown>, said: (name: string) => string) => void what.then(() => tell(said(username)), tell);
  const mute = (until?: string) => run(room.mute(userId, until).finally(muted.again), until ? done.muted : done.unmuted);
  const isMuted = muted.has(userId);
  const isOver = kind !== 'direct' && (admin || (RANK[role ?? ''] ?? 0) > (RANK[member.role] ?? 0));
  const sure = {
    kick: {
      title: texts.room.kickSure(username),
      text: texts.room.kickText,
      action: texts.room.kick,
      onConfirm: () => client.rest.kick(room.roomId, userId).then(() => tell(done.kicked(username))),
    },
    ban: {
      title: texts.room.banSure(username),
      text: texts.room.banText,
      action: texts.room.ban,
      onConfirm: () => client.rest.ban(room.roomId, userId).then(() => tell(done.banned(username))),
    },
    owner: {
      title: texts.room.ownerSure(username),
      text: texts.room.ownerText,
      action: texts.room.makeRole.owner as string,
      onConfirm: () =>
        client.rest.setRole(room.roomId, userId, 'owner').then(() => {
          tell(done.roles.owner(username));
          // It has lifted a mute.
          muted.again();
        }),
    },
  };
  const write = async () => {
    const { roomId } = await client.rest.direct(userId);
    client.refreshRooms();
    go(`/room/${encodeURIComponent(roomId)}`);
  };
  const others = ROLES.filter((other) => other !== member.role);
  const items: (MenuItem | false)[] = [
    !isGuest && !member.guest && kind !== 'direct' && { label: texts.room.message, icon: 'edit', onPick: () => void write().catch(tell) },
    ...(may.own
      ? others.map(
          (other): MenuItem => ({
            label: texts.room.makeRole[other] as string,
            icon: ROLE_ICONS[other],
            onPick: () => (other === 'owner' ? setAsked(other) : run(client.rest.setRole(room.roomId, userId, other), done.roles[other])),
          }),
        )
      : []),
    isOver && isMuted !== true && { label: texts.room.mute, icon: 'mute', onPick: () => mute(new Date(Date.now() + HOUR).toISOString()) },
    isOver && isMuted !== true && { label: texts.room.muteForGood, icon: 'mute', onPick: () => mute(FOREVER) },
    isOver && isMuted !== false && { label: texts.room.unmute, icon: 'talk', onPick: () => mute() },
    block,
    isOver && { label: texts.room.kick, icon: 'leave', danger: true, onPick: () => setAsked('kick') },
    isOver && { label: texts.room.ban, icon: 'ban', danger: true, onPick: () => setAsked('ban') },
  ];
  if (!items.some(Boolean)) return null;
  return (
    <>
      <Menu items={items}>
        <IconButton icon="more" label={texts.room.memberActions(username)} className="size-8!" />
      </Menu>
      {asked && <Confirm {...sure[asked]} onClose={() => setAsked(undefined)} />}
    </>
  );
}

import type { Room } from 'chat-client';
import { useConnection, useRoomParts, useRoomState } from 'chat-client/react';
import { Suspense, useState } from 'react';
import { keepQuiet, mayNotify, useQuiet } from '../../lib/notify.ts';
import { usePreference } from '../../lib/preferences.ts';
import { iconOf, isLeft, useRoomName } from '../../lib/rooms.ts';
import { useLastSeen } from '../../lib/useLastSeen.ts';
import { withQueries } from '../../lib/withQueries.tsx';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { IconButton } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { Topic } from '../../ui/Topic.tsx';
import { useGo } from '../../ui/useBack.ts';
import { Back } from './Back.tsx';
import { Invite } from './InviteButton.tsx';
import { useBlockItem } from './useBlockItem.ts';
import type { Target } from './useHistory.ts';
import { useMay } from './useMay.ts';
import { usePeer } from './usePeer.ts';

const Leave = withQueries(() => import('./Leave.tsx'));
const Pins = withQueries(() => import('./Pins.tsx'));
const RoomSettings = withQueries(() => import('./RoomSettings.tsx'));

interface Props {
  room: Room;
  isShown: boolean;
  /** Shows or hides the members, in a room that has some. */
  onToggle: (() => void) | undefined;
  /** Shows the list of members, and has the focus go there. */
  onMembers: () => void;
  onGoTo: (target: Target) => void;
}

export function Header({ room, isShown, onToggle, onMembers, onGoTo }: Props) {
  const texts = useText();
  const name = useRoomName(room);
  const { kind, topic, onlineCount, peer } = useRoomParts(room, 'kind', 'topic', 'onlineCount', 'peer');
  const other = usePeer(room);
  // Nobody is left to be blocked where an account was deleted.
  const block = useBlockItem(useRoomState(room, isLeft) ? undefined : peer);
  const go = useGo();
  const may = useMay(room);
  const isNotified = usePreference((value) => value.notify) && mayNotify() === 'yes';
  const isQuiet = useQuiet(room.roomId);
  const { name: connection } = useConnection();
  const [open, setOpen] = useState<'settings' | 'invite' | 'pins' | 'leave'>();
  const close = () => setOpen(undefined);
  // Without a connection nobody knows who is there. Oneself is, so nobody means the same.
  const isKnown = onlineCount > 0 && connection === 'online';
  const there = kind !== 'direct' ? texts.room.online(onlineCount) : other.state && texts.room[other.state === 'away' ? 'away' : 'there'];
  const seen = useLastSeen(kind === 'direct' && !other.state ? other.lastSeen : undefined);
  return (
    <header className="flex items-center gap-2 border-b border-line px-2 py-2 sm:px-4">
      <Back room={room} />
      {kind === 'direct' ? (
        <Avatar id={peer?.userId ?? room.roomId} name={name || '?'} />
      ) : (
        <span className="hidden size-9 shrink-0 items-center justify-center rounded-[0.8rem] bg-tint text-accent sm:inline-flex">
          <Icon name={iconOf(kind)} />
        </span>
      )}
      <div className="min-w-0 flex-1 pl-1">
        <h1 className="truncate leading-tight font-semibold tracking-tight">{name}</h1>
        <p className="flex text-sm leading-snug whitespace-nowrap text-soft">
          {isKnown && there && <span className="text-accent">{there}</span>}
          {isKnown && seen && <span>{seen}</span>}
          {topic && (
            <Topic
              of={name}
              text={topic}
              className={`min-w-0 truncate ${isKnown && (there || seen) ? "before:px-1.5 before:content-['·']" : ''}`}
            />
          )}
        </p>
      </div>
      {onToggle && (
        <IconButton
          icon="people"
          label={isShown ? texts.room.hideMembers : texts.room.showMembers}
          aria-pressed={isShown}
          onClick={onToggle}
        />
      )}
      <Menu
        items={[
          may.invite && { label: texts.room.invite, icon: 'link', onPick: () => setOpen('invite') },
          may.isGroup && may.moderate && { label: texts.room.settings, icon: 'gear', onPick: () => setOpen('settings') },
          { label: texts.room.pins, icon: 'pin', onPick: () => setOpen('pins') },
          { label: texts.room.markRead, icon: 'check', onPick: () => room.markRead() },
          isNotified
            ? {
                label: isQuiet ? texts.room.loud : texts.room.quiet,
                icon: isQuiet ? 'bell' : 'bellOff',
                onPick: () => keepQuiet(room.roomId, !isQuiet),
              }
            : { label: texts.account.notifications, icon: 'bell', onPick: () => go('/settings#notifications') },
          block,
          may.isGroup && { label: texts.room.leave, icon: 'leave', danger: true, onPick: () => setOpen('leave') },
        ]}
      >
        <IconButton icon="more" label={texts.room.actions} />
      </Menu>
      <Suspense>
        {open === 'invite' && <Invite room={room} onClose={close} />}
        {open === 'pins' && <Pins room={room} onGoTo={onGoTo} onClose={close} />}
        {open === 'settings' && <RoomSettings room={room} onClose={close} />}
        {open === 'leave' && <Leave room={room} onClose={close} onMembers={onMembers} />}
      </Suspense>
    </header>
  );
}

import type { Message, Room } from 'chat-client';
import { useClient, useRoom, useRoomState } from 'chat-client/react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useParams } from 'react-router';
import { prefer, usePreference } from '../../lib/preferences.ts';
import { withQueries } from '../../lib/withQueries.tsx';
import { Skeleton } from '../../ui/notes.tsx';
import { Announcer } from './Announcer.tsx';
import { Composer } from './Composer.tsx';
import { Header } from './Header.tsx';
import { History } from './History.tsx';
import type { Target } from './useHistory.ts';

const Outside = withQueries(() => import('./Outside.tsx'));
const Members = lazy(() => import('./Members.tsx'));

/** What the composer is about, beside a message of its own. */
export type Task = { kind: 'reply' | 'edit'; message: Message } | undefined;

export default function RoomView() {
  const { roomId = '' } = useParams();
  const room = useRoom(roomId);
  const membership = useRoomState(room, (state) => state.membership);
  const listed = useClient((state) => state.listed);
  if (membership === 'member') return <Inside key={roomId} room={room} />;
  if (membership === 'unknown' && !listed) return <Skeleton />;
  return (
    <Suspense fallback={<Skeleton />}>
      <Outside key={roomId} room={room} />
    </Suspense>
  );
}

const WIDE = '(min-width: 1024px)';

function Inside({ room }: { room: Room }) {
  const [task, setTask] = useState<Task>();
  const isWanted = usePreference((value) => value.showMembers);
  const [target, setTarget] = useState<Target>();
  const [isOpen, setOpen] = useState(false);
  const isWide = useMedia(WIDE);
  // All users read announcements, so nobody is a member.
  const hasMembers = useRoomState(room, (state) => state.kind !== 'announcement');
  const isShown = hasMembers && (isWide ? isWanted : isOpen);
  // The list takes the focus when it is asked for from elsewhere.
  const [hasFocus, setFocus] = useState(false);
  const toggle = () => (isWide ? prefer({ showMembers: !isWanted }) : setOpen(!isOpen));
  const showMembers = () => {
    if (!isShown) toggle();
    setFocus(isWide);
  };
  // The membership may have begun after the room was asked for.
  useEffect(() => void room.load(), [room]);
  return (
    <div className="flex h-full flex-col">
      <Header room={room} isShown={isShown} onToggle={hasMembers ? toggle : undefined} onMembers={showMembers} onGoTo={setTarget} />
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          <History room={room} task={task} target={target} onTask={setTask} />
          <Composer room={room} task={task} onTask={setTask} />
        </div>
        {isShown && (
          <Suspense fallback={!isWide || <div className="w-64 border-l border-line" />}>
            <Members room={room} isOver={!isWide} hasFocus={hasFocus} onFocused={() => setFocus(false)} onClose={() => setOpen(false)} />
          </Suspense>
        )}
      </div>
      <Announcer room={room} />
    </div>
  );
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const changed = () => setMatches(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, [query]);
  return matches;
}

import type { Message, Room } from 'chat-client';
import { useClient, useRoom, useRoomState } from 'chat-client/react';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
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
const MessageDialog = withQueries(() => import('./MessageDialog.tsx'));
const Members = lazy(() => import('./Members.tsx'));

type About<K extends string> = K extends K ? { kind: K; message: Message } : never;
/** What the composer is about, beside a message of its own. */
export type Writing = About<'reply' | 'edit'>;
/** What a dialog is about. */
export type Asked = About<'delete' | 'edits' | 'reactions'>;
/** What one wants to do with a message. */
export type Task = Writing | Asked;

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
  const [writing, write] = useState<Writing>();
  // It lies beside what is written, which it leaves as it is, and beside the rows, of which only those are there that are looked at.
  const [asked, ask] = useState<Asked>();
  const onTask = useCallback((task: Task) => (task.kind === 'reply' || task.kind === 'edit' ? write(task) : ask(task)), []);
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
          <History room={room} task={asked ?? writing} target={target} onTask={onTask} />
          <Composer room={room} task={writing} onTask={write} />
        </div>
        {isShown && (
          <Suspense fallback={!isWide || <div className="w-64 border-l border-line" />}>
            <Members room={room} isOver={!isWide} hasFocus={hasFocus} onFocused={() => setFocus(false)} onClose={() => setOpen(false)} />
          </Suspense>
        )}
      </div>
      <Announcer room={room} />
      <Suspense>{asked && <MessageDialog room={room} asked={asked} onClose={() => ask(undefined)} />}</Suspense>
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

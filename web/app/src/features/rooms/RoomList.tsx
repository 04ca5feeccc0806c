import type { Room } from 'chat-client';
import { useChat, useClient, useRooms } from 'chat-client/react';
import { lazy, Suspense, useId, useState } from 'react';
import { Link } from 'react-router';
import { isNewcomer, nameOf } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Empty, Skeleton } from '../../ui/notes.tsx';
import { Invitations } from './Invitations.tsx';
import { RoomRow } from './RoomRow.tsx';
import { Switcher } from './Switcher.tsx';

const CreateRoom = lazy(() => import('./CreateRoom.tsx'));

/** A filter is worth its place from so many rooms on. */
const FILTER_FROM = 6;

/** One's own rooms, the one with the last message first. */
export function RoomList() {
  const texts = useText();
  const rooms = useRooms();
  const me = useChat().me();
  const listed = useClient((state) => state.listed);
  const [isMaking, setMaking] = useState(false);
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = wanted ? rooms.filter((room) => nameOf(room.state.get(), me, texts).toLowerCase().includes(wanted)) : rooms;
  const of = (isDirect: boolean) => shown.filter((room) => (room.state.get().kind === 'direct') === isDirect);
  return (
    <>
      <header className="flex items-center gap-2 px-4 pt-4 pb-2">
        <img src="/icon.svg" alt="" className="size-8" />
        <h1 className="flex-1 text-lg font-semibold tracking-tight">{texts.app}</h1>
        <Switcher />
        <IconButton
          icon="plus"
          label={texts.rooms.create}
          onClick={() => setMaking(true)}
          className="bg-raised ring-1 ring-line ring-inset"
        />
      </header>
      {rooms.length >= FILTER_FROM && (
        <div className="relative mx-4 my-1">
          <Icon name="search" className="pointer-events-none absolute top-2.5 left-3 size-4.5 text-faint" />
          <input
            type="search"
            aria-label={texts.rooms.filter}
            placeholder={texts.rooms.filter}
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            className="min-h-9.5 w-full rounded-xl border border-line bg-surface py-1.5 pr-3 pl-9.5 placeholder:text-faint"
          />
        </div>
      )}
      <nav aria-label={texts.rooms.yours} className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        <Invitations />
        {!listed && rooms.length === 0 && <Skeleton />}
        {wanted && shown.length === 0 && <p className="px-4 py-6 text-center text-soft">{texts.rooms.noMatch}</p>}
        <Section title={texts.rooms.title} rooms={of(false)} />
        <Section title={texts.rooms.direct} rooms={of(true)} />
        {listed && isNewcomer(rooms) && (
          <Empty icon="hash" title={texts.rooms.none} text={texts.rooms.noneText}>
            <Button kind="main" onClick={() => setMaking(true)}>
              {texts.rooms.makeFirst}
            </Button>
            <Link to="/rooms" className="rounded-xl bg-raised px-4 py-2 font-medium ring-1 ring-line ring-inset hover:bg-hover">
              {texts.rooms.directory}
            </Link>
          </Empty>
        )}
      </nav>
      <Suspense>{isMaking && <CreateRoom onClose={() => setMaking(false)} />}</Suspense>
    </>
  );
}

function Section({ title, rooms }: { title: string; rooms: readonly Room[] }) {
  const id = useId();
  if (rooms.length === 0) return null;
  return (
    <section aria-labelledby={id} className="mt-2">
      <h2 id={id} className="px-3 py-1.5 text-xs font-semibold text-faint">
        {title}
      </h2>
      <ul className="flex flex-col gap-0.5">
        {rooms.map((room) => (
          <RoomRow key={room.roomId} room={room} />
        ))}
      </ul>
    </section>
  );
}

import { lastOf, type Message, type Room, seenBy } from 'chat-client';
import { useRoomParts, useRoomState } from 'chat-client/react';
import { lazy, Suspense, useState } from 'react';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';

const Readers = lazy(() => import('./Readers.tsx'));

/** So many are shown by their avatars. */
const SHOWN = 3;

/** Who has seen a message of one's own: said below the newest one alone, and not at all where nobody has. */
export function SeenBy({ room, message }: { room: Room; message: Message }) {
  const isLast = useRoomState(room, (state) => lastOf(message.senderId, state.messages)?.seq === message.seq);
  return isLast ? <Seen room={room} message={message} /> : null;
}

function Seen({ room, message }: { room: Room; message: Message }) {
  const texts = useText();
  const { kind, ...parts } = useRoomParts(room, 'kind', 'members', 'reads');
  const [isOpen, setOpen] = useState(false);
  const readers = seenBy(parts, message);
  if (readers.length === 0) return null;
  if (kind === 'direct')
    return (
      <p className="flex items-center gap-1.5 text-xs text-faint">
        <Icon name="check" className="size-3.5" />
        {texts.room.seen}
      </p>
    );
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        className="group/seen flex min-h-6 items-center gap-1.5 rounded-lg text-xs text-faint hover:text-ink"
      >
        <span className="flex gap-0.5">
          {readers.slice(0, SHOWN).map(({ userId, username }) => (
            <Avatar key={userId} id={userId} name={username} size="tiny" />
          ))}
        </span>
        <span className="group-hover/seen:underline">{texts.room.seenBy(readers.length)}</span>
      </button>
      {isOpen && (
        <Suspense>
          <Readers readers={readers} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

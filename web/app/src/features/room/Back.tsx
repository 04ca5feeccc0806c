import type { Room } from 'chat-client';
import { useUnread } from '../../lib/useUnread.ts';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import { useGo } from '../../ui/useBack.ts';

/** Leads from a room to the list of rooms where there is no room for both, and says how much is unread elsewhere. */
export function Back({ room }: { room: Room }) {
  const texts = useText();
  const go = useGo();
  const unread = useUnread(room);
  return (
    <span className="relative md:hidden">
      <IconButton icon="back" label={unread ? `${texts.back}: ${texts.rooms.unread(unread)}` : texts.back} onClick={() => go('/')} />
      {unread > 0 && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute -top-0.5 -right-1 min-w-5 rounded-full bg-accent px-1.5 text-center text-xs font-semibold text-accent-ink"
        >
          {unread > 99 ? '99+' : unread}
        </span>
      )}
    </span>
  );
}

import type { MemberView } from 'chat-client';
import { useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Dialog } from '../../ui/Dialog.tsx';

/** Who has seen a message, by name. */
export default function Readers({ readers, onClose }: { readers: readonly MemberView[]; onClose: () => void }) {
  const texts = useText();
  return (
    <Dialog title={texts.room.seenBy(readers.length)} onClose={onClose}>
      <ul className="flex flex-col gap-2">
        {readers.map(({ userId, username, guest }) => (
          <li key={userId} className="flex items-center gap-3">
            <Avatar id={userId} name={username} size="small" />
            <span className="truncate font-semibold">{username}</span>
            {guest && <span className="shrink-0 text-xs text-faint">{texts.guest}</span>}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

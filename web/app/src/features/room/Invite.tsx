import type { Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { useRef, useState } from 'react';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { InviteByName } from './InviteByName.tsx';
import { InviteLinks } from './InviteLinks.tsx';

/** Ways to have people come in: the address of the room, links, and names. */
export default function Invite({ room, onClose }: { room: Room; onClose: () => void }) {
  const texts = useText();
  const isPublic = useRoomState(room, (state) => state.kind === 'public');
  const role = useRoomState(room, (state) => state.role);
  const isGuest = !useChat().session.current?.refreshToken;
  return (
    <Dialog title={texts.room.invite} onClose={onClose}>
      <div className="flex flex-col gap-6">
        {isPublic && <Address label={texts.settings.roomLink} address={`${location.origin}/room/${encodeURIComponent(room.roomId)}`} />}
        {!isPublic && <InviteLinks room={room} />}
        {!isGuest && role !== 'member' && <InviteByName room={room} />}
      </div>
    </Dialog>
  );
}

/** An address to copy. It can be marked by hand where the browser does not give pages the clipboard. */
export function Address({ label, address }: { label: string; address: string }) {
  const texts = useText();
  const [isCopied, setCopied] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const copy = async () => {
    // Pages that came without TLS have no clipboard: there the address is marked, to be copied by hand.
    if (!navigator.clipboard) return box.current?.select();
    await navigator.clipboard.writeText(address);
    setCopied(true);
  };
  return (
    <div className="flex items-center gap-2">
      <input
        ref={box}
        readOnly
        aria-label={label}
        value={address}
        onFocus={(event) => event.target.select()}
        className="min-h-11 min-w-0 flex-1 rounded-xl border border-line bg-ground px-3.5 text-sm"
      />
      <IconButton
        icon={isCopied ? 'check' : 'copy'}
        label={isCopied ? texts.copied : texts.copy}
        onClick={() => void copy().catch(() => undefined)}
        className="bg-raised ring-1 ring-line ring-inset"
      />
    </div>
  );
}

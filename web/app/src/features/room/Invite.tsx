import type { Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { useText } from '../../text/index.ts';
import { Address } from '../../ui/Address.tsx';
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

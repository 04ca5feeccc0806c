import type { Room } from 'chat-client';
import { useSaid } from '../../text/index.ts';
import { messageTexts } from '../../text/message.ts';
import { Confirm } from '../../ui/Dialog.tsx';
import { Edits } from './Edits.tsx';
import { Reacted } from './Reacted.tsx';
import type { Asked } from './RoomView.tsx';

/** What is asked before something is done with a message, or shown of it. */
export default function MessageDialog({ room, asked, onClose }: { room: Room; asked: Asked; onClose: () => void }) {
  const said = useSaid(messageTexts);
  const { seq } = asked.message;
  if (asked.kind === 'edits') return <Edits room={room} seq={seq} onClose={onClose} />;
  if (asked.kind === 'reactions') return <Reacted room={room} message={asked.message} onClose={onClose} />;
  return (
    <Confirm
      title={said.deleteSure}
      text={said.deleteText}
      action={said.delete}
      onClose={onClose}
      onConfirm={(signal) => room.delete(seq, signal)}
    />
  );
}

import type { Room } from 'chat-client';
import { deleting } from '../../text/deleting.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Confirm } from '../../ui/Dialog.tsx';
import { Edits } from './Edits.tsx';
import type { Asked } from './RoomView.tsx';

/** What is asked before something is done with a message, or shown of it. */
export default function MessageDialog({ room, asked, onClose }: { room: Room; asked: Asked; onClose: () => void }) {
  const texts = useText();
  const said = useSaid(deleting);
  const { seq } = asked.message;
  if (asked.kind === 'edits') return <Edits room={room} seq={seq} onClose={onClose} />;
  return (
    <Confirm
      title={said.sure}
      text={said.text}
      action={texts.room.delete}
      onClose={onClose}
      onConfirm={(signal) => room.delete(seq, signal)}
    />
  );
}

import type { Message, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useSaid, useText } from '../../text/index.ts';
import { messageTexts } from '../../text/message.ts';
import { copy } from '../../ui/copy.ts';
import FloatingMenu from '../../ui/FloatingMenu.tsx';
import { useToast } from '../../ui/toast.tsx';
import type { Trigger } from '../../ui/useLater.tsx';
import { toned, tonePicked } from './emojiTone.ts';
import type { Asked, Task } from './RoomView.tsx';
import { ownReactions } from './reactions.ts';
import { useMay } from './useMay.ts';

/** The reaction that needs no table. It is in the tone that is picked there. */
const QUICK = { emoji: '👍', hasTones: true };

export interface MessageMenuProps {
  room: Room;
  message: Message;
  /** Has the message take the focus. */
  toMessage: () => void;
  onReact: (emoji: string) => void;
  /** Opens the table of emoji. */
  onTable: () => void;
  onTask: (task: Task) => void;
  onOpenChange: (open: boolean) => void;
  children: Trigger;
}

/** All that one can do with a message. */
export default function MessageMenu({ room, message, toMessage, onReact, onTable, onTask, ...menu }: MessageMenuProps) {
  const texts = useText();
  const said = useSaid(messageTexts);
  const me = useChat().me() ?? '';
  const tell = useToast();
  const may = useMay(room);
  const { senderId, pinned, editedAt, reactions } = message;
  const isMine = senderId === me;
  const [own] = ownReactions(message, QUICK.emoji, me);
  const thumb = own ?? toned(QUICK, tonePicked());
  const run = (what: Promise<unknown>) => {
    toMessage();
    what.catch(tell);
  };
  const ask = (kind: Asked['kind']) => {
    toMessage();
    onTask({ kind, message });
  };
  return (
    <FloatingMenu
      {...menu}
      items={[
        may.react && { label: own ? said.takeBack(thumb) : said.reactWith(thumb), icon: 'smile', onPick: () => onReact(thumb) },
        may.react && { label: said.reactOther, icon: 'plus', onPick: onTable },
        may.write && { label: texts.room.reply, icon: 'reply', onPick: () => onTask({ kind: 'reply', message }) },
        reactions && reactions.length > 0 && { label: said.reactions, icon: 'people', onPick: () => ask('reactions') },
        { label: said.copyText, icon: 'copy', onPick: () => run(copy(message.message).then(() => tell(texts.copied))) },
        isMine && may.write && { label: said.edit, icon: 'edit', onPick: () => onTask({ kind: 'edit', message }) },
        may.pin && {
          label: pinned ? texts.room.unpin : said.pin,
          icon: 'pin',
          onPick: () => run(pinned ? room.unpin(message.seq) : room.pin(message.seq)),
        },
        may.moderate && editedAt !== undefined && { label: said.edits, icon: 'clock', onPick: () => ask('edits') },
        (isMine || may.moderate) && { label: said.delete, icon: 'trash', danger: true, onPick: () => ask('delete') },
      ]}
    />
  );
}

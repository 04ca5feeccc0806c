import type { Message, Room } from 'chat-client';
import { useChat } from 'chat-client/react';
import { useRef, useState } from 'react';
import { called } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import { copy } from '../../ui/copy.ts';
import { Menu } from '../../ui/Menu.tsx';
import { useToast } from '../../ui/toast.tsx';
import { EmojiPicker } from './EmojiPicker.tsx';
import type { Asked, Task } from './RoomView.tsx';
import { useMay } from './useMay.ts';
import { useToggleReaction } from './useToggleReaction.ts';

interface Props {
  room: Room;
  message: Message;
  isActive: boolean;
  onTask: (task: Task) => void;
}

const SMALL = 'size-8! rounded-lg!';

// A finger has no pointer to show these with: it taps the message.
const QUICK = `${SMALL} pointer-coarse:hidden pointer-coarse:group-focus-within:inline-flex`;

/** What one can do with a message. It is there under the pointer, or with the focus; a finger has the menu always. */
export function Actions({ room, message, isActive, onTask }: Props) {
  const texts = useText();
  const me = useChat().me();
  const tell = useToast();
  const [isOpen, setOpen] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const toggle = useToggleReaction(room, message);
  const isMine = message.senderId === me;
  const may = useMay(room);
  const tabIndex = isActive ? 0 : -1;
  const quick = isOpen ? SMALL : QUICK;
  // The buttons hide when a menu closes, so the message itself takes the focus back.
  const toMessage = () => bar.current?.closest('article')?.focus();
  const run = (what: Promise<unknown>) => {
    toMessage();
    what.catch(tell);
  };
  const react = (emoji: string) => {
    toMessage();
    toggle(emoji);
  };
  const ask = (kind: Asked['kind']) => {
    toMessage();
    onTask({ kind, message });
  };
  return (
    <div
      ref={bar}
      data-open={isOpen || undefined}
      className={`message-actions absolute -top-3.5 right-3 z-10 rounded-xl border border-line bg-raised p-0.5 shadow-float sm:right-5 pointer-coarse:-top-px pointer-coarse:right-1 pointer-coarse:flex pointer-coarse:border-transparent pointer-coarse:p-0 pointer-coarse:bg-transparent pointer-coarse:shadow-none pointer-coarse:group-focus-within:border-line pointer-coarse:group-focus-within:bg-raised ${isOpen ? 'flex' : 'hidden group-focus-within:flex group-hover:flex'}`}
    >
      {may.react && (
        <EmojiPicker label={texts.room.react} onPick={react} onOpenChange={setOpen}>
          <IconButton icon="smile" label={texts.room.react} tabIndex={tabIndex} className={quick} />
        </EmojiPicker>
      )}
      {may.write && (
        <IconButton
          icon="reply"
          label={texts.room.reply}
          tabIndex={tabIndex}
          onClick={() => onTask({ kind: 'reply', message })}
          className={quick}
        />
      )}
      <Menu
        onOpenChange={setOpen}
        items={[
          may.react && { label: '👍', onPick: () => react('👍') },
          may.write && { label: texts.room.reply, icon: 'reply', onPick: () => onTask({ kind: 'reply', message }) },
          { label: texts.room.copyText, icon: 'copy', onPick: () => run(copy(message.message).then(() => tell(texts.copied))) },
          isMine && may.write && { label: texts.room.edit, icon: 'edit', onPick: () => onTask({ kind: 'edit', message }) },
          may.pin && {
            label: message.pinned ? texts.room.unpin : texts.room.pin,
            icon: 'pin',
            onPick: () => run(message.pinned ? room.unpin(message.seq) : room.pin(message.seq)),
          },
          may.moderate && message.editedAt !== undefined && { label: texts.room.edits, icon: 'clock', onPick: () => ask('edits') },
          (isMine || may.moderate) && { label: texts.room.delete, icon: 'trash', danger: true, onPick: () => ask('delete') },
        ]}
      >
        <IconButton icon="more" label={texts.room.moreActions(called(message.sender, texts))} tabIndex={tabIndex} className={SMALL} />
      </Menu>
    </div>
  );
}

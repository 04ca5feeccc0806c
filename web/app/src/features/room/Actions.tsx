import type { Message, Room } from 'chat-client';
import { useRef, useState } from 'react';
import { called } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import { useLater } from '../../ui/useLater.tsx';
import { EmojiPicker } from './EmojiPicker.tsx';
import type { MessageMenuProps } from './MessageMenu.tsx';
import type { Task } from './RoomView.tsx';
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
const HIDDEN = `${SMALL} pointer-coarse:hidden pointer-coarse:group-focus-within:inline-flex`;

const loadMenu = () => import('./MessageMenu.tsx');
const Menu = (props: MessageMenuProps) => useLater(loadMenu, 'menu', props);

/** What one can do with a message. It is there under the pointer, or with the focus; a finger has the menu always. */
export function Actions({ room, message, isActive, onTask }: Props) {
  const texts = useText();
  // The menu may open the table, and closes after that.
  const [open, setOpen] = useState<'table' | 'menu'>();
  const changes = (what: typeof open) => (isOpen: boolean) => setOpen((now) => (isOpen ? what : now === what ? undefined : now));
  const bar = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const toggle = useToggleReaction(room, message);
  const may = useMay(room);
  const tabIndex = isActive ? 0 : -1;
  const size = open ? SMALL : HIDDEN;
  // The buttons hide when a menu closes, so the message itself takes the focus back.
  const toMessage = () => bar.current?.closest('article')?.focus();
  const react = (emoji: string) => {
    toMessage();
    toggle(emoji);
  };
  return (
    <div
      ref={bar}
      data-open={open}
      className={`message-actions absolute -top-3.5 right-3 z-10 rounded-xl border border-line bg-raised p-0.5 shadow-float sm:right-5 pointer-coarse:-top-px pointer-coarse:right-1 pointer-coarse:flex pointer-coarse:border-transparent pointer-coarse:p-0 pointer-coarse:bg-transparent pointer-coarse:shadow-none pointer-coarse:group-focus-within:border-line pointer-coarse:group-focus-within:bg-raised ${open ? 'flex' : 'hidden group-focus-within:flex group-hover:flex'}`}
    >
      {may.react && (
        <EmojiPicker label={texts.room.react} onPick={react} onOpenChange={changes('table')}>
          <IconButton ref={button} icon="smile" label={texts.room.react} tabIndex={tabIndex} className={size} />
        </EmojiPicker>
      )}
      {may.write && (
        <IconButton
          icon="reply"
          label={texts.room.reply}
          tabIndex={tabIndex}
          onClick={() => onTask({ kind: 'reply', message })}
          className={size}
        />
      )}
      <Menu
        {...{ room, message, toMessage, onTask }}
        onReact={react}
        onTable={() => {
          toMessage();
          button.current?.click();
        }}
        onOpenChange={changes('menu')}
      >
        <IconButton icon="more" label={texts.room.moreActions(called(message.sender, texts))} tabIndex={tabIndex} className={SMALL} />
      </Menu>
    </div>
  );
}

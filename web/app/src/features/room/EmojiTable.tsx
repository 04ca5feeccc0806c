import { Popover } from 'radix-ui';
import { useState } from 'react';
import type { EmojiPickerProps } from './EmojiPicker.tsx';

const EMOJI = [
  ...['👍', '👎', '❤️', '😂', '😮', '😢', '🎉', '🙏', '👏', '🔥', '👀', '✅', '❌', '💯', '🚀', '🤔'],
  ...['😀', '😄', '😅', '😊', '😍', '😘', '😎', '🙂', '🙃', '😉', '😇', '🤗', '😴', '😷', '🤯', '😭'],
  ...['😡', '😱', '🥳', '🤩', '😬', '🙄', '😏', '🤝', '🙌', '💪', '👋', '🤞', '✌️', '👌', '🫶', '🤷'],
  ...['☀️', '🌙', '⭐', '🌈', '🌱', '🌸', '🐱', '🐶', '☕', '🍕', '🍰', '🍺', '⚽', '🎵', '📌', '💡'],
];

export default function EmojiTable({ label, align = 'end', onPick, onOpenChange, children }: EmojiPickerProps) {
  const [isOpen, setOpen] = useState(true);
  const change = (open: boolean) => {
    setOpen(open);
    onOpenChange?.(open);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={change}>
      <Popover.Trigger asChild>{children}</Popover.Trigger>
      <Popover.Portal container={document.querySelector('main')}>
        <Popover.Content
          aria-label={label}
          side="top"
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-40 grid max-h-72 animate-rise grid-cols-8 gap-0.5 overflow-y-auto rounded-2xl border border-line bg-raised p-2 shadow-float"
        >
          {EMOJI.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="emoji size-9 rounded-lg text-xl leading-none hover:bg-hover"
              onClick={() => {
                onPick(emoji);
                change(false);
              }}
            >
              {emoji}
            </button>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

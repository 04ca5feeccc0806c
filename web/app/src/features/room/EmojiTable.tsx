import { Popover } from 'radix-ui';
import { useState } from 'react';
import { EmojiFinder } from './EmojiFinder.tsx';
import type { EmojiPickerProps } from './EmojiPicker.tsx';
import { remember } from './emojiAtHand.ts';

export default function EmojiTable({ label, align = 'end', onPick, onOpenChange, children }: EmojiPickerProps) {
  const [isOpen, setOpen] = useState(true);
  const change = (open: boolean) => {
    setOpen(open);
    onOpenChange?.(open);
  };
  const pick = (emoji: string) => {
    remember(emoji);
    onPick(emoji);
    change(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={change}>
      <Popover.Trigger asChild>{children}</Popover.Trigger>
      <Popover.Portal container={document.querySelector('main')}>
        <EmojiFinder label={label} align={align} onPick={pick} />
      </Popover.Portal>
    </Popover.Root>
  );
}

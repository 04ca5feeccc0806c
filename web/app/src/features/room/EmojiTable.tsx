import { Popover } from 'radix-ui';
import { useState } from 'react';
import { isTouched } from '../../ui/isTouched.ts';
import { useAnchor } from '../../ui/useAnchor.ts';
import { useBack } from '../../ui/useBack.ts';
import { EmojiFinder } from './EmojiFinder.tsx';
import type { EmojiPickerProps } from './EmojiPicker.tsx';

export default function EmojiTable({ label, align = 'end', onPick, onOpenChange, children }: EmojiPickerProps) {
  const [isOpen, setOpen] = useState(true);
  const change = (open: boolean) => {
    setOpen(open);
    onOpenChange?.(open);
  };
  const close = () => change(false);
  const { setButton, onCloseAutoFocus } = useAnchor(isOpen, close);
  // A mouse closes the table by pressing a link, which leads elsewhere before the table's entry of the history is left.
  useBack(close, isOpen && isTouched());
  const pick = (emoji: string) => {
    onPick(emoji);
    close();
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={change}>
      <Popover.Trigger asChild ref={setButton}>
        {children}
      </Popover.Trigger>
      <Popover.Portal container={document.querySelector('main')}>
        <EmojiFinder {...{ label, align, onCloseAutoFocus }} onPick={pick} />
      </Popover.Portal>
    </Popover.Root>
  );
}

import { DropdownMenu } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { Icon } from './Icon.tsx';
import { isTouched } from './isTouched.ts';
import type { MenuProps } from './Menu.tsx';
import { useAnchor } from './useAnchor.ts';
import { useBack } from './useBack.ts';

/** The menu itself, open from the first. It is not modal: what Radix needs for that, the policy of this page does not allow. */
export default function FloatingMenu({ items, children, onOpenChange }: MenuProps) {
  const [isOpen, setOpen] = useState(true);
  const change = (open: boolean) => {
    setOpen(open);
    onOpenChange?.(open);
  };
  const close = () => change(false);
  const { button, setButton, onCloseAutoFocus } = useAnchor(isOpen, close);
  useBack(close, isOpen && isTouched());
  const menu = useRef<HTMLDivElement>(null);
  // The item that had the focus may be there no more.
  useEffect(() => {
    if (document.activeElement === document.body) menu.current?.focus();
  });
  return (
    <DropdownMenu.Root modal={false} open={isOpen} onOpenChange={change}>
      <DropdownMenu.Trigger asChild ref={setButton}>
        {children}
      </DropdownMenu.Trigger>
      {/* Nothing can be pressed that lies outside of an open dialog. */}
      {button && (
        <DropdownMenu.Portal container={button.closest<HTMLElement>('dialog, main')}>
          <DropdownMenu.Content
            ref={menu}
            align="end"
            sideOffset={6}
            collisionPadding={8}
            // What was picked may have given the focus to something else, which keeps it.
            onCloseAutoFocus={onCloseAutoFocus}
            className="z-40 min-w-52 animate-rise rounded-2xl border border-line bg-raised p-1.5 shadow-float"
          >
            {items.map(
              (item) =>
                item && (
                  <DropdownMenu.Item
                    key={item.label}
                    onSelect={() => {
                      // A dialog that is opened gives the focus back to the button, for the item is gone then.
                      button.focus();
                      item.onPick();
                    }}
                    className={`flex min-h-10 items-center gap-3 rounded-xl px-3 py-2 outline-none data-highlighted:bg-hover ${item.danger ? 'text-danger' : ''}`}
                  >
                    {item.icon && <Icon name={item.icon} className="size-4.5" />}
                    {item.label}
                  </DropdownMenu.Item>
                ),
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      )}
    </DropdownMenu.Root>
  );
}

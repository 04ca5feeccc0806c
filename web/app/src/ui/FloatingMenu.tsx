import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { Icon } from './Icon.tsx';
import type { MenuProps } from './Menu.tsx';

/** The menu itself, open from the first. It is not modal: what Radix needs for that, the policy of this page does not allow. */
export default function FloatingMenu({ items, children, onOpenChange }: MenuProps) {
  const [trigger, setTrigger] = useState<HTMLElement | null>(null);
  return (
    <DropdownMenu.Root modal={false} defaultOpen onOpenChange={onOpenChange}>
      <DropdownMenu.Trigger asChild ref={setTrigger}>
        {children}
      </DropdownMenu.Trigger>
      {/* Nothing can be pressed that lies outside of an open dialog. */}
      {trigger && (
        <DropdownMenu.Portal container={trigger?.closest<HTMLElement>('dialog, main')}>
          <DropdownMenu.Content
            align="end"
            sideOffset={6}
            collisionPadding={8}
            // What was picked may have given the focus to something else, which keeps it.
            onCloseAutoFocus={(event) => document.activeElement !== document.body && event.preventDefault()}
            className="z-40 min-w-52 animate-rise rounded-2xl border border-line bg-raised p-1.5 shadow-float"
          >
            {items.map(
              (item) =>
                item && (
                  <DropdownMenu.Item
                    key={item.label}
                    onSelect={() => {
                      // A dialog that is opened gives the focus back to the button, for the item is gone then.
                      trigger?.focus();
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

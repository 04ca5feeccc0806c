import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';

export interface MenuItem {
  label: string;
  icon?: IconName;
  onPick: () => void;
  danger?: boolean;
}

interface Props {
  items: (MenuItem | false | undefined | null)[];
  children: ReactNode;
  align?: 'start' | 'end';
  onOpenChange?: (open: boolean) => void;
}

/** A menu under what is in it. It is not modal: what Radix needs for that, the policy of this page does not allow. */
export function Menu({ items, children, align = 'end', onOpenChange }: Props) {
  const shown = items.filter((item): item is MenuItem => Boolean(item));
  return (
    <DropdownMenu.Root modal={false} onOpenChange={onOpenChange}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-40 min-w-52 animate-rise rounded-2xl border border-line bg-raised p-1.5 shadow-float"
        >
          {shown.map((item) => (
            <DropdownMenu.Item
              key={item.label}
              onSelect={item.onPick}
              className={`flex min-h-10 items-center gap-3 rounded-xl px-3 py-2 outline-none data-highlighted:bg-hover ${item.danger ? 'text-danger' : ''}`}
            >
              {item.icon && <Icon name={item.icon} className="size-4.5" />}
              {item.label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

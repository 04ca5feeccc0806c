import type { IconName } from './Icon.tsx';
import { type Trigger, useLater } from './useLater.tsx';

export interface MenuItem {
  label: string;
  icon?: IconName;
  onPick: () => void;
  danger?: boolean;
}

export interface MenuProps {
  items: (MenuItem | false | undefined | null)[];
  /** The button that opens it. */
  children: Trigger;
  onOpenChange?: (open: boolean) => void;
}

const load = () => import('./FloatingMenu.tsx');

/** A menu under the button that is in it. */
export function Menu(props: MenuProps) {
  return useLater(load, 'menu', props);
}

import { type Trigger, useLater } from '../../ui/useLater.tsx';

export interface EmojiPickerProps {
  label: string;
  /** The edge of the button at which it opens: the end, if nothing is said. */
  align?: 'start' | 'end';
  onPick: (emoji: string) => void;
  onOpenChange?: (open: boolean) => void;
  /** The button that opens it. */
  children: Trigger;
}

const load = () => import('./EmojiTable.tsx');

export function EmojiPicker(props: EmojiPickerProps) {
  return useLater(load, 'dialog', props);
}

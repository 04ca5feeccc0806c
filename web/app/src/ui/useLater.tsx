import { type ComponentProps, type ComponentType, cloneElement, type ReactElement, useState } from 'react';

export type Trigger = ReactElement<ComponentProps<'button'>>;

interface Props {
  children: Trigger;
  onOpenChange?: (open: boolean) => void;
}

/**
 * What floats comes when its button is pressed for the first time: until then there is the button alone. A room has one or two such buttons
 * for each message, and most are never pressed.
 */
export function useLater<P extends Props>(load: () => Promise<{ default: ComponentType<P> }>, kind: 'menu' | 'dialog', props: P) {
  const [Floating, setFloating] = useState<ComponentType<P>>();
  if (Floating) return <Floating {...props} />;
  const open = async () => {
    const { default: Loaded } = await load();
    setFloating(() => Loaded);
    props.onOpenChange?.(true);
  };
  return cloneElement(props.children, { 'aria-haspopup': kind, 'aria-expanded': false, onClick: () => void open() });
}

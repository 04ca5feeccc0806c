import { type ComponentType, useCallback, useEffect, useState } from 'react';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';
import type { QuickSwitchProps } from './QuickSwitch.tsx';

/** The button by which one goes to another room, and the keys for it. Its dialog comes when it is opened for the first time. */
export function Switcher() {
  const texts = useText();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [QuickSwitch, setQuickSwitch] = useState<ComponentType<QuickSwitchProps>>();
  const isComing = isOpen && !QuickSwitch;
  const close = useCallback(() => {
    setOpen(false);
    setTyped('');
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      // A dialog that is open has all keys.
      if (!document.querySelector('dialog[open]')) setOpen(true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => {
    if (!isComing) return;
    import('./QuickSwitch.tsx').then(({ default: Loaded }) => setQuickSwitch(() => Loaded), close);
    // What one types meanwhile is for the dialog, and not for the message box that has the focus until it is there.
    const onKey = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Escape') close();
      else if (event.key === 'Backspace') setTyped((text) => text.slice(0, -1));
      else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) setTyped((text) => text + event.key);
    };
    addEventListener('keydown', onKey, true);
    return () => removeEventListener('keydown', onKey, true);
  }, [isComing, close]);
  return (
    <>
      <IconButton icon="search" label={texts.rooms.switchTo} aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen(true)} />
      {isOpen && QuickSwitch && <QuickSwitch typed={typed} onClose={close} />}
    </>
  );
}

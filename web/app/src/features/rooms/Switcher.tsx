import { lazy, Suspense, useEffect, useState } from 'react';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/Button.tsx';

const QuickSwitch = lazy(() => import('./QuickSwitch.tsx'));

/** The button by which one goes to another room, and the keys for it. */
export function Switcher() {
  const texts = useText();
  const [isOpen, setOpen] = useState(false);
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
  return (
    <>
      <IconButton icon="search" label={texts.rooms.switchTo} aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen(true)} />
      <Suspense>{isOpen && <QuickSwitch onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}

import { useEffect, useRef, useState } from 'react';
import { around, focusFirst } from './focus.ts';

/**
 * What floats at a button. It is closed when the button is scrolled out of sight, as it would follow the button out of the window. When it is
 * closed, or goes with its button, and nothing else has the focus, the button has it, or what the button lay in.
 */
export function useAnchor(isOpen: boolean, close: () => void) {
  const [button, setButton] = useState<HTMLElement | null>(null);
  const places = useRef<HTMLElement[]>([]);
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!button || !isOpen) return;
    // What a message lies in is not known any more when it has gone.
    places.current = around(button);
    const observer = new IntersectionObserver((seen) => {
      if (seen.at(-1)?.isIntersecting === false) latest.current();
    });
    observer.observe(button);
    return () => observer.disconnect();
  }, [button, isOpen]);
  const onCloseAutoFocus = (event: Event) => {
    event.preventDefault();
    if (document.activeElement === document.body) focusFirst(places.current);
  };
  return { button, setButton, onCloseAutoFocus };
}

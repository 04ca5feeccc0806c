import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useText } from '../text/index.ts';
import { Button, IconButton } from './Button.tsx';
import { around, focusFirst } from './focus.ts';
import { ErrorNote } from './notes.tsx';
import { useBack } from './useBack.ts';
import { useLifetime } from './useLifetime.ts';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** It lies at the edge, as high as the window: a list that belongs to what is below. */
  side?: boolean;
}

const CENTRE = 'm-auto max-h-[min(46rem,92dvh)] w-[calc(100%-2rem)] rounded-card';
const SIDE = 'my-0 mr-0 ml-auto h-dvh max-h-none w-72 max-w-[88%] rounded-l-card';

/** A dialog of the browser's own: its first control has the focus, Escape and the browser's button "back" close it, and the focus goes back to where it was.
 * It lies in the page itself: in what hides when the pointer leaves it, it would be hidden, too. */
export function Dialog({ title, onClose, children, wide = false, side = false }: Props) {
  const texts = useText();
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useBack(onClose);
  useEffect(() => {
    const before = around(document.activeElement);
    element.current?.showModal();
    return () => focusFirst(before);
  }, []);
  return createPortal(
    <dialog
      ref={element}
      aria-labelledby={id}
      onCancel={(event) => {
        // React hands on what another dialog was told that lies over this one.
        if (event.target !== element.current) return;
        event.preventDefault();
        onClose();
      }}
      // A click on the backdrop is one on the dialog itself.
      onMouseDown={(event) => event.target === element.current && onClose()}
      className={`overflow-y-auto border border-line bg-surface p-0 text-left text-ink shadow-float open:animate-rise ${side ? SIDE : `${CENTRE} ${wide ? 'max-w-2xl' : 'max-w-md'}`}`}
    >
      <div className={side ? 'relative py-3' : 'relative p-5 sm:p-6'}>
        <h2 id={id} className={`pr-10 tracking-tight ${side ? 'mb-2 px-5 py-2 font-semibold' : 'mb-4 pt-1.5 text-xl font-semibold'}`}>
          {title}
        </h2>
        {children}
        {/* It is the last one, for the browser gives the focus to the first. */}
        <IconButton
          icon="close"
          label={texts.close}
          onClick={onClose}
          className={`absolute! ${side ? 'top-3 right-2' : 'top-4 right-3 sm:top-5 sm:right-4'}`}
        />
      </div>
    </dialog>,
    document.body,
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onClose: () => void;
  /** What is done. It is not tried again once `signal` is aborted: the dialog was closed. */
  onConfirm: (signal: AbortSignal) => Promise<unknown>;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, text, action, onClose, onConfirm }: ConfirmProps) {
  const texts = useText();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const signal = useLifetime();
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm(signal());
      onClose();
    } catch (problem) {
      setError(problem as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-soft">{text}</p>
      <ErrorNote error={error} />
      <div className="mt-6 flex justify-end gap-2">
        <Button onClick={onClose}>{texts.cancel}</Button>
        <Button kind="danger" busy={busy} onClick={confirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}

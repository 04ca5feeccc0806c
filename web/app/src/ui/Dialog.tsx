import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useText } from '../text/index.ts';
import { Button, IconButton } from './Button.tsx';
import { ErrorNote } from './notes.tsx';
import { useBack } from './useBack.ts';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/** A dialog of the browser's own: its first control has the focus, Escape and the browser's button "back" close it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, children, wide = false }: Props) {
  const texts = useText();
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useBack(onClose);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    element.current?.showModal();
    return () => before?.focus();
  }, []);
  return (
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
      className={`m-auto max-h-[min(46rem,92dvh)] w-[calc(100%-2rem)] overflow-y-auto rounded-card border border-line bg-surface p-0 text-ink shadow-float open:animate-rise ${wide ? 'max-w-2xl' : 'max-w-md'}`}
    >
      <div className="relative p-5 sm:p-6">
        <h2 id={id} className="mb-4 pt-1.5 pr-10 text-xl font-semibold tracking-tight">
          {title}
        </h2>
        {children}
        {/* It is the last one, for the browser gives the focus to the first. */}
        <IconButton icon="close" label={texts.close} onClick={onClose} className="absolute! top-4 right-3 sm:top-5 sm:right-4" />
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, text, action, onClose, onConfirm }: ConfirmProps) {
  const texts = useText();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
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

import { useState } from 'react';
import { Dialog } from './Dialog.tsx';

/** What a room is about, cut to the place there is for it: all of it shows when it is pressed. */
export function Topic({ of, text, className = '' }: { of: string; text: string; className?: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        title={text}
        onClick={() => setOpen(true)}
        className={`rounded-sm text-left -outline-offset-2 hover:text-ink ${className}`}
      >
        {text}
      </button>
      {isOpen && (
        <Dialog title={of} onClose={() => setOpen(false)}>
          <p className="whitespace-pre-line">{text}</p>
        </Dialog>
      )}
    </>
  );
}

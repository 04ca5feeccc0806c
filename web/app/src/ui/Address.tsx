import { useId, useRef, useState } from 'react';
import { useText } from '../text/index.ts';
import { IconButton } from './Button.tsx';
import { copy } from './copy.ts';

/** An address to copy. It can be marked by hand where the browser does not give pages the clipboard. */
export function Address({ label, hint, address }: { label: string; hint?: string; address: string }) {
  const texts = useText();
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const copyAddress = () =>
    copy(address).then(
      () => setCopied(true),
      () => box.current?.select(),
    );
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium text-soft">
        {label}
      </label>
      <div className="flex items-center gap-2">
        <input
          ref={box}
          id={id}
          readOnly
          aria-describedby={hint && `${id}-hint`}
          value={address}
          onFocus={(event) => event.target.select()}
          className="min-h-11 min-w-0 flex-1 rounded-xl border border-line bg-ground px-3.5 text-sm"
        />
        <IconButton
          icon={isCopied ? 'check' : 'copy'}
          label={isCopied ? texts.copied : texts.copy}
          onClick={() => void copyAddress()}
          className="bg-raised ring-1 ring-line ring-inset"
        />
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

import { type ComponentProps, type ReactNode, useId } from 'react';
import { bytesOf, cut } from './cut.ts';

const BOX =
  'w-full min-h-11 rounded-xl border border-line bg-raised px-3.5 py-2.5 text-ink placeholder:text-faint focus-visible:border-accent focus-visible:outline-2 focus-visible:-outline-offset-1 disabled:bg-ground disabled:text-soft';

interface Shared {
  label: string;
  hint?: ReactNode;
  /** The label is for screen readers alone. */
  bare?: boolean;
}

function Labelled({ id, label, hint, bare, children }: Shared & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className={bare ? 'sr-only' : 'text-sm font-medium text-soft'}>
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** Takes what is too much away from what was put in last: from before the caret, which stays there. */
function fit(input: HTMLInputElement, most: number) {
  const { value, selectionStart } = input;
  const at = selectionStart ?? value.length;
  const after = value.slice(at);
  const before = cut(value.slice(0, at), Math.max(0, most - bytesOf(after)));
  if (before.length === at) return;
  input.value = before + after;
  input.setSelectionRange(before.length, before.length);
  // React sets the value anew when it draws, and the caret goes to its end.
  queueMicrotask(() => input.setSelectionRange(before.length, before.length));
}

/** `maxBytes` is how long what is given may be in UTF-8, as the server counts: the field takes no more. */
export function Field({
  label,
  hint,
  bare,
  maxBytes,
  onChange,
  className = '',
  ...rest
}: Shared & Omit<ComponentProps<'input'>, 'onChange'> & { maxBytes?: number; onChange?: (event: { target: HTMLInputElement }) => void }) {
  const id = useId();
  const take = (target: HTMLInputElement, isComposing: boolean) => {
    // What is being composed (Japanese, say) is cut once it is there.
    if (maxBytes !== undefined && !isComposing) fit(target, maxBytes);
    onChange?.({ target });
  };
  return (
    <Labelled {...{ id, label, hint, bare }}>
      <input
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className={`${BOX} ${className}`}
        onChange={({ target, nativeEvent }) => take(target, nativeEvent instanceof InputEvent && nativeEvent.isComposing)}
        onCompositionEnd={({ currentTarget }) => take(currentTarget, false)}
        {...rest}
      />
    </Labelled>
  );
}

export function TextField({ label, hint, bare, ...rest }: Shared & ComponentProps<'textarea'>) {
  const id = useId();
  return (
    <Labelled {...{ id, label, hint, bare }}>
      <textarea id={id} rows={3} aria-describedby={hint ? `${id}-hint` : undefined} className={BOX} {...rest} />
    </Labelled>
  );
}

export function Select<T extends string>({
  label,
  hint,
  bare,
  value,
  onPick,
  choices,
  disabled,
}: Shared & { value: T; onPick: (value: T) => void; choices: Record<T, string>; disabled?: boolean }) {
  const id = useId();
  return (
    <Labelled {...{ id, label, hint, bare }}>
      <select id={id} className={BOX} value={value} disabled={disabled} onChange={(event) => onPick(event.target.value as T)}>
        {Object.entries<string>(choices).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function Check({
  label,
  hint,
  checked,
  onPick,
  disabled,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onPick: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-5 shrink-0 accent-accent"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onPick(event.target.checked)}
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-faint">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

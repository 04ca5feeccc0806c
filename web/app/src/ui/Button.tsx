import type { ComponentProps } from 'react';
import { Icon, type IconName } from './Icon.tsx';

const KINDS = {
  main: 'bg-accent text-accent-ink hover:brightness-110 active:brightness-95',
  plain: 'bg-raised text-ink ring-1 ring-inset ring-line hover:bg-hover',
  quiet: 'text-soft hover:bg-hover hover:text-ink',
  quietDanger: 'text-danger hover:bg-hover',
  danger: 'bg-danger text-danger-ink hover:brightness-110',
};

interface Props extends ComponentProps<'button'> {
  kind?: keyof typeof KINDS;
  icon?: IconName;
  busy?: boolean;
}

/** A button that is busy cannot be pressed, but keeps the focus, which a disabled one would lose. */
export function Button({ kind = 'plain', icon, busy = false, className = '', children, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={`inline-flex min-h-10 items-center justify-center gap-2 rounded-xl px-4 py-2 font-medium leading-tight transition disabled:opacity-60 aria-disabled:opacity-60 ${KINDS[kind]} ${className}`}
    >
      {icon && <Icon name={icon} className="size-4.5" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: IconName;
  label: string;
}

export function IconButton({ icon, label, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex size-10 shrink-0 items-center justify-center rounded-xl text-soft transition hover:bg-hover hover:text-ink aria-pressed:bg-hover aria-pressed:text-ink disabled:opacity-50 ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}

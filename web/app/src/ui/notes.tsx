import type { ReactNode } from 'react';
import { explain, useText } from '../text/index.ts';
import { Button } from './Button.tsx';
import { Icon, type IconName } from './Icon.tsx';

/** Has something in sight that has just come. */
export const show = (element: HTMLElement | null) => element?.scrollIntoView({ block: 'nearest' });

/** Why something did not work. It is there when empty, too, so that screen readers tell what comes into it; then it takes no place. */
export function ErrorNote({ error, text }: { error?: Error | null; text?: string }) {
  const texts = useText();
  const said = text ?? (error && explain(texts, error));
  return (
    <div role="alert" className="empty:absolute">
      {said && (
        <p ref={show} className="mt-3 flex items-start gap-2 rounded-xl bg-mark-tint px-3.5 py-2.5 text-sm text-ink">
          <Icon name="warn" className="mt-px size-4.5 text-mark" />
          {said}
        </p>
      )}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  text?: string;
  children?: ReactNode;
  /** Why what the children offer did not work. */
  error?: Error;
}

export function Empty({ icon, title, text, children, error }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center">
      <span className="mb-1 inline-flex size-16 items-center justify-center rounded-[1.6rem] bg-tint text-accent">
        <Icon name={icon} className="size-7" />
      </span>
      <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
      {text && <p className="max-w-80 text-soft">{text}</p>}
      {children && <div className="mt-2 flex flex-wrap justify-center gap-2">{children}</div>}
      <ErrorNote error={error} />
    </div>
  );
}

/** Grey shapes where a list will be. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  const texts = useText();
  return (
    <div role="status" className="flex flex-col gap-4 p-4">
      <span className="sr-only">{texts.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // The shapes have nothing else to be told apart by.
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move
        <div key={row} className="flex animate-pulse-soft items-center gap-3" aria-hidden="true">
          <div className="size-10 rounded-2xl bg-hover" />
          <div className="flex flex-1 flex-col gap-2">
            <div className={`h-3 rounded-full bg-hover ${row % 2 ? 'w-1/3' : 'w-1/2'}`} />
            <div className={`h-3 rounded-full bg-hover ${row % 3 ? 'w-4/5' : 'w-2/3'}`} />
          </div>
        </div>
      ))}
    </div>
  );
}

export function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const texts = useText();
  return (
    <Empty icon="warn" title={explain(texts, error)}>
      <Button onClick={onRetry}>{texts.tryAgain}</Button>
    </Empty>
  );
}

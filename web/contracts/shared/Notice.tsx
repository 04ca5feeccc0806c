import { Icon, type IconName } from 'chat-app/ui/Icon.tsx';
import type { ReactNode } from 'react';

interface Props {
  icon: IconName;
  title: string;
  text?: string;
  children?: ReactNode;
}

/** What is shown where there is nothing else: nothing yet, or nothing any more. */
export function Notice({ icon, title, text, children }: Props) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-10 text-center">
      <span className="mb-1 inline-flex size-14 items-center justify-center rounded-3xl bg-tint text-accent">
        <Icon name={icon} className="size-6" />
      </span>
      <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
      {text && <p className="max-w-80 text-soft">{text}</p>}
      {children && <div className="mt-3 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}

/** Where something comes soon. */
export function Loading({ of }: { of: string }) {
  return (
    <p role="status" className="animate-pulse-soft px-5 py-8 text-center text-faint">
      Loading {of} …
    </p>
  );
}

/** Why something did not work. It is there when empty, too, so that screen readers tell what comes into it. */
export function Problem({ text, children }: { text?: string | undefined; children?: ReactNode }) {
  return (
    <div role="alert" className="empty:absolute">
      {text && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl bg-mark-tint px-3.5 py-2.5 text-sm">
          <Icon name="warn" className="size-4.5 text-mark" />
          <span className="min-w-0 flex-1">{text}</span>
          {children}
        </p>
      )}
    </div>
  );
}

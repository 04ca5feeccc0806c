import { Icon, type IconName } from 'chat-app/ui/Icon.tsx';
import type { ReactNode } from 'react';

interface Props {
  icon: IconName;
  title: string;
  text: string;
  children: ReactNode;
}

/** What one sees before one is in: what this is, and a card with a form. */
export function Entry({ icon, title, text, children }: Props) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-104 flex-col justify-center gap-6 p-5">
      <header className="flex items-center gap-4">
        <span className="inline-flex size-13 shrink-0 items-center justify-center rounded-[1.2rem] bg-accent text-accent-ink">
          <Icon name={icon} className="size-6" />
        </span>
        <div>
          <h1 className="text-xl leading-tight font-semibold tracking-tight text-balance">{title}</h1>
          <p className="mt-1 text-sm text-soft">{text}</p>
        </div>
      </header>
      <div className="flex flex-col gap-4 rounded-[1.75rem] border border-line bg-surface p-5 shadow-float sm:p-6">{children}</div>
    </main>
  );
}

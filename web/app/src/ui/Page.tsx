import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { useText } from '../text/index.ts';
import { IconButton } from './Button.tsx';
import { useScrollKept } from './useScrollKept.ts';

/** A page beside the list of rooms: its title, and a way back where there is no room for the list. */
export function Page({ title, text, children, action }: { title: string; text?: string; children: ReactNode; action?: ReactNode }) {
  const texts = useText();
  const navigate = useNavigate();
  const box = useScrollKept();
  return (
    <div ref={box} className="flex h-full flex-col overflow-y-auto">
      <header className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-surface px-3 py-3 sm:px-8">
        <IconButton icon="back" label={texts.back} onClick={() => navigate('/')} className="md:hidden" />
        <div className="min-w-0 flex-1">
          <h1 className="truncate text-xl font-semibold tracking-tight">{title}</h1>
          {text && <p className="text-sm leading-snug text-soft sm:truncate">{text}</p>}
        </div>
        {action}
      </header>
      <div className="mx-auto flex w-full max-w-3xl flex-1 flex-col gap-6 px-4 py-6 sm:px-8">{children}</div>
    </div>
  );
}

export function Card({ title, text, children }: { title?: string; text?: string; children: ReactNode }) {
  return (
    <section className="rounded-card border border-line bg-raised p-5">
      {title && <h2 className="text-base font-semibold">{title}</h2>}
      {text && <p className="mt-0.5 text-sm text-soft">{text}</p>}
      <div className={title ? 'mt-4 flex flex-col gap-4' : 'flex flex-col gap-4'}>{children}</div>
    </section>
  );
}

import type { ReactNode } from 'react';
import { prefer } from '../../lib/preferences.ts';
import { entry } from '../../text/entry.ts';
import { LANGUAGES, type Language, useLanguage, useSaid } from '../../text/index.ts';

/** What is around the forms of the entry: the name of the place, and a promise. */
export function Frame({ children }: { children: ReactNode }) {
  const ways = useSaid(entry);
  const language = useLanguage();
  return (
    <div className="flex min-h-dvh flex-col items-center justify-center gap-8 p-5 lg:flex-row lg:gap-24">
      <header className="flex w-full max-w-100 flex-col gap-3 lg:w-100 lg:gap-5">
        <div className="flex items-center gap-4 lg:flex-col lg:items-start">
          <img src="/icon.svg" alt="" className="size-12 lg:size-20" />
          <h1 className="text-2xl leading-tight font-semibold tracking-tight text-balance lg:text-5xl">{ways.tagline}</h1>
        </div>
        <p className="hidden text-lg text-pretty text-soft lg:block">{ways.promise}</p>
        <Talk />
      </header>
      <div className="flex w-full max-w-100 flex-col gap-4">
        <main className="rounded-[1.75rem] border border-line bg-surface p-6 shadow-float">{children}</main>
        <ul className="flex justify-center gap-1">
          {(Object.entries(LANGUAGES) as [Language, string][]).map(([key, name]) => (
            <li key={key}>
              <button
                type="button"
                lang={key}
                aria-pressed={key === language}
                onClick={() => prefer({ language: key })}
                className="rounded-lg px-3 py-1.5 text-sm text-soft hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink"
              >
                {name}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** A little talk that goes on in the background. */
function Talk() {
  return (
    <svg viewBox="0 0 320 130" className="hidden w-full lg:block" aria-hidden="true" fill="none" strokeWidth="5" strokeLinecap="round">
      <rect x="4" y="8" width="168" height="46" rx="18" className="fill-raised stroke-line" strokeWidth="1.5" />
      <path d="M26 26h96M26 38h58" className="stroke-line" />
      <rect x="150" y="66" width="166" height="56" rx="20" className="fill-accent" />
      <path d="M174 86h112M174 102h70" className="stroke-accent-ink" opacity=".75" />
      <circle cx="206" cy="30" r="5" className="fill-mark" />
      <circle cx="224" cy="30" r="5" className="fill-mark" opacity=".6" />
      <circle cx="242" cy="30" r="5" className="fill-mark" opacity=".3" />
    </svg>
  );
}

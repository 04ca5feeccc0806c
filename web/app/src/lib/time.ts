// Times as people say them.

import type { Language } from '../text/index.ts';

/** As the browser's people write times, where the page speaks their language: 24 hours in Britain, say. */
export const local = (language: Language) => navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(local(language), options);
  formats.set(key, made);
  return made;
}

export const clock = (at: string, language: Language) =>
  format(language, 'clock', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
export const dayName = (at: string, language: Language) =>
  format(language, 'day', { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at));
export const whole = (at: string, language: Language) =>
  format(language, 'whole', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
const shortDay = (at: string, language: Language) => format(language, 'short', { day: 'numeric', month: 'short' }).format(new Date(at));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** How long ago a time was, to the minute, and from a week on its day; nothing for less than a minute. */
export function ago(at: string, language: Language, now: number): string | undefined {
  const past = now - Date.parse(at);
  if (past < MINUTE) return undefined;
  if (past >= WEEK) return format(language, 'ago', { dateStyle: 'medium' }).format(new Date(at));
  const [unit, length] = past < HOUR ? (['minute', MINUTE] as const) : past < DAY ? (['hour', HOUR] as const) : (['day', DAY] as const);
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-Math.floor(past / length), unit);
}

/** The day of a time, where one is. */
export const dayOf = (at: string) => new Date(at).toDateString();

/** For lists: the time today, the day before that. */
export function brief(at: string, language: Language): string {
  return dayOf(at) === new Date().toDateString() ? clock(at, language) : shortDay(at, language);
}

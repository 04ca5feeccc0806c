import type { ChatError } from 'chat-client';
import { createContext, useContext } from 'react';
import { en, type Texts } from './en.ts';

export type { Texts } from './en.ts';
export type Language = 'en' | 'de';

export const LANGUAGES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

export interface Spoken {
  language: Language;
  texts: Texts;
}

export const SpokenContext = createContext<Spoken>({ language: 'en', texts: en });

export const useText = (): Texts => useContext(SpokenContext).texts;
export const useLanguage = (): Language => useContext(SpokenContext).language;
/** Texts that are not among those of the whole page, as they are few and come with what says them. */
export const useSaid = <T>(texts: Record<Language, T>): T => texts[useLanguage()];

/** The language of the browser, if the page speaks it. */
export function preferred(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return (wanted.find((tag) => tag in LANGUAGES) as Language | undefined) ?? 'en';
}

/** The texts of a language; all but English come when they are asked for. */
export async function textsOf(language: Language): Promise<Texts> {
  return language === 'de' ? (await import('./de.ts')).de : en;
}

/** What a refusal means, in words. */
export function explain(texts: Texts, error: ChatError | Error): string {
  const code = 'code' in error ? error.code : 'other';
  const known = texts.errors[code];
  if (known) return known;
  if (code === 'invalid-field' && texts.invalidField) return texts.invalidField('details' in error ? error.details.field : undefined);
  return code === 'other' || !error.message ? (texts.errors.other as string) : sentence(error.message);
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

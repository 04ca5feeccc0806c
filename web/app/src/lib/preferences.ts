// How a person wants the page: theme, language, notifications. Kept in the browser, and the same in all tabs.

import { Store } from 'chat-client';
import { useStore } from 'chat-client/react';
import { type Language, preferred } from '../text/index.ts';
import { kept } from './kept.ts';

export type Theme = 'system' | 'light' | 'dark';

export interface Preferences {
  theme: Theme;
  language: Language;
  notify: boolean;
  showMembers: boolean;
  /** The rooms that notify one of mentions alone. */
  quiet: readonly string[];
}

const memory = kept<Partial<Preferences>>('chat-preferences', {});
const read = (): Preferences => ({
  ...{ theme: 'system', language: preferred(), notify: false, showMembers: true, quiet: [] },
  ...memory.get(),
});

export const preferences = new Store<Preferences>(read());

export function prefer(changes: Partial<Preferences>): void {
  memory.set({ ...memory.get(), ...changes });
  preferences.set(changes);
  show();
}

export const usePreference = <P>(pick: (value: Preferences) => P): P => useStore(preferences, pick);

/** Has the document follow. Once before anything is drawn, so that nothing flashes. */
export function show(): void {
  const { theme, language } = preferences.get();
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.lang = language;
}

addEventListener('storage', () => {
  preferences.set(read());
  show();
});

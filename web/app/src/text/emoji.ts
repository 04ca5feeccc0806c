// What the table of emoji says. It comes with the table.

import type { Language } from './index.ts';

const en = {
  search: 'Search for an emoji',
  atHand: 'At hand',
  found: 'Found',
  number: (n: number) => (n === 1 ? 'One found' : `${n} found`),
  nothing: 'Nothing found. Try another word.',
  groups: 'Groups',
  tone: 'Skin tone',
  toneNow: (tone: string) => `Skin tone: ${tone.toLowerCase()}`,
  inTone: (label: string, tone: string) => `${label}, ${tone.toLowerCase()} skin tone`,
  tones: ['Yellow', 'Light', 'Medium-light', 'Medium', 'Medium-dark', 'Dark'],
  failed: 'The emoji could not be loaded. Close this, and try again.',
};

export const emojiTexts: Record<Language, typeof en> = {
  en,
  de: {
    search: 'Emoji suchen',
    atHand: 'Griffbereit',
    found: 'Gefunden',
    number: (n) => (n === 1 ? 'Eins gefunden' : `${n} gefunden`),
    nothing: 'Nichts gefunden. Versuch es mit einem anderen Wort.',
    groups: 'Gruppen',
    tone: 'Hautton',
    toneNow: (tone) => `Hautton: ${tone.toLowerCase()}`,
    inTone: (label, tone) => `${label}, Hautton ${tone.toLowerCase()}`,
    tones: ['Gelb', 'Hell', 'Mittelhell', 'Mittel', 'Mitteldunkel', 'Dunkel'],
    failed: 'Die Emoji konnten nicht geladen werden. Schließ das, und versuch es noch einmal.',
  },
};

// What speaks against a new password. It comes with the field for one.

import type { Language } from './index.ts';

const en = {
  short: 'This is rather short. Three or four words are easy to keep in mind and hard to guess.',
  plain: 'This is easy to guess: it is a few letters over and over, or in a row.',
  name: 'This is easy to guess: your name is in it.',
  usual: 'This is easy to guess: many have one like it.',
};

export const weak: Record<Language, typeof en> = {
  en,
  de: {
    short: 'Das ist eher kurz. Drei oder vier Wörter merkt man sich leicht, und sie sind schwer zu erraten.',
    plain: 'Das ist leicht zu erraten: wenige Zeichen immer wieder, oder eine Reihe.',
    name: 'Das ist leicht zu erraten: Dein Name kommt darin vor.',
    usual: 'Das ist leicht zu erraten: Viele haben so eines.',
  },
};

// What is asked before a message is deleted. It comes with the dialog that asks.

import type { Language } from './index.ts';

const en = {
  sure: 'Delete this message?',
  text: 'It is deleted for everybody, for good.',
};

export const deleting: Record<Language, typeof en> = {
  en,
  de: {
    sure: 'Diese Nachricht löschen?',
    text: 'Sie ist dann für alle weg und kommt nicht wieder.',
  },
};

// What the menu of a message says, and the dialogs to which it leads.

import type { Language } from './index.ts';

const en = {
  reactWith: (emoji: string) => `React with ${emoji}`,
  takeBack: (emoji: string) => `Take back ${emoji}`,
  reactOther: 'React with another emoji',
  edit: 'Edit',
  copyText: 'Copy text',
  pin: 'Pin',
  delete: 'Delete',
  deleteSure: 'Delete this message?',
  deleteText: 'It is deleted for everybody, for good.',
  edits: 'Earlier texts',
  reactions: 'Reactions',
  noReactions: 'There are no reactions any more.',
  somebody: 'Somebody else',
};

export const messageTexts: Record<Language, typeof en> = {
  en,
  de: {
    reactWith: (emoji) => `Mit ${emoji} reagieren`,
    takeBack: (emoji) => `${emoji} zurücknehmen`,
    reactOther: 'Mit einem anderen Emoji reagieren',
    edit: 'Bearbeiten',
    copyText: 'Text kopieren',
    pin: 'Anheften',
    delete: 'Löschen',
    deleteSure: 'Diese Nachricht löschen?',
    deleteText: 'Sie ist dann für alle weg und kommt nicht wieder.',
    edits: 'Frühere Texte',
    reactions: 'Reaktionen',
    noReactions: 'Es gibt keine Reaktionen mehr.',
    somebody: 'Jemand anderes',
  },
};

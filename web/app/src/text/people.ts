// What the page of people says, and the dialog that invites them. It comes with them.

import type { Language } from './index.ts';

const en = {
  hint: 'Type the beginning of a name.',
  found: (n: number, more: boolean) =>
    n === 0 ? 'Nobody is called that.' : more ? `${n} people, and more` : n === 1 ? '1 person' : `${n} people`,
  invite: 'Invite',
  inviteTo: (name: string) => `Invite ${name} to which room?`,
  isIn: 'is in it already',
  inviteNowhere: 'You have no private room to which you may invite.',
  write: 'Write',
  blocked: 'Blocked people',
  block: 'Block',
  noGuests: 'Guests cannot write to people directly.',
  noGuestsText: 'With an account you can.',
};

export const people: Record<Language, typeof en> = {
  en,
  de: {
    hint: 'Tipp den Anfang eines Namens.',
    found: (n, more) => (n === 0 ? 'So heißt niemand.' : more ? `${n} Leute, und mehr` : n === 1 ? '1 Person' : `${n} Leute`),
    invite: 'Einladen',
    inviteTo: (name) => `In welchen Raum ${name} einladen?`,
    isIn: 'ist schon dort',
    inviteNowhere: 'Du hast keinen privaten Raum, in den du einladen darfst.',
    write: 'Schreiben',
    blocked: 'Blockierte Leute',
    block: 'Blockieren',
    noGuests: 'Als Gast kann man niemandem direkt schreiben.',
    noGuestsText: 'Mit einem Konto geht das.',
  },
};

// What the page of an invitation by link says. It comes with it.

import type { Language } from './index.ts';

const en = {
  text: (room: string) => `to “${room}”`,
  textUnknown: 'to a room',
  go: 'Join the room',
  bad: 'This invitation is not good any more',
  badText: 'It may have been used up, revoked, or have expired. Ask for a new one.',
};

export const invitation: Record<Language, typeof en> = {
  en,
  de: {
    text: (room) => `in „${room}“`,
    textUnknown: 'in einen Raum',
    go: 'In den Raum',
    bad: 'Diese Einladung gilt nicht mehr',
    badText: 'Vielleicht ist sie verbraucht, widerrufen oder abgelaufen. Bitte um eine neue.',
  },
};

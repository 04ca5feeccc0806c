// What is said to whoever looks at a room in which they are not. It comes with the page that says it.

import type { Language } from './index.ts';

const en = {
  closed: 'There is no such room, or it is by invitation.',
  ask: 'Ask somebody who looks after it to invite you.',
  joinText: 'You can read and write here once you have joined.',
  notMember: 'You are not in this room.',
  gone: 'This room is gone, or you are not in it any more.',
  kicked: (by: string) => `${by} removed you from this room.`,
  banned: (by: string) => `${by} banned you from this room.`,
  left: 'You have left this room.',
};

export const outside: Record<Language, typeof en> = {
  en,
  de: {
    closed: 'Diesen Raum gibt es nicht, oder man braucht eine Einladung.',
    ask: 'Bitte jemanden, der sich um ihn kümmert, dich einzuladen.',
    joinText: 'Lesen und schreiben kannst du hier, sobald du beigetreten bist.',
    notMember: 'Du bist nicht in diesem Raum.',
    gone: 'Diesen Raum gibt es nicht mehr, oder du bist nicht mehr darin.',
    kicked: (by) => `${by} hat dich aus diesem Raum entfernt.`,
    banned: (by) => `${by} hat dich aus diesem Raum verbannt.`,
    left: 'Du hast diesen Raum verlassen.',
  },
};

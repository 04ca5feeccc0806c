// What is said to whoever is about to leave a room. It comes with the dialog that says it.

import type { Language } from './index.ts';

const en = {
  sure: 'Leave this room?',
  onlyOwner: 'You are the only owner',
  text: 'You will not get its messages any more.',
  invited: 'To come back you need an invitation.',
  made: 'You made the room: you can come back by its address, and own it again.',
  listed: 'You find it again in the directory.',
  outOfReach: 'Nobody is left who could invite you back: the room is out of reach for you then.',
  offline: 'What becomes of the room is known once you are connected.',
  handOver: 'Before you leave, make one of the members an owner: by the button beside their name in the list.',
  guests: (n: number) =>
    n === 1
      ? 'You are its only owner. A guest stays behind, and nobody can invite, moderate or delete any more.'
      : `You are its only owner. ${n} guests stay behind, and nobody can invite, moderate or delete any more.`,
  nobody: 'Nobody else is in it. It stays as it is, with all that was said.',
  orRemove: 'If it is not needed any more, delete it in its settings instead.',
};

export const leaving: Record<Language, typeof en> = {
  en,
  de: {
    sure: 'Diesen Raum verlassen?',
    onlyOwner: 'Der Raum gehört nur dir',
    text: 'Du bekommst seine Nachrichten dann nicht mehr.',
    invited: 'Zum Wiederkommen brauchst du eine Einladung.',
    made: 'Du hast den Raum angelegt: Über seine Adresse kannst du wiederkommen, und dann gehört er wieder dir.',
    listed: 'Im Verzeichnis findest du ihn wieder.',
    outOfReach: 'Niemand ist mehr da, um dich wieder einzuladen: Der Raum ist für dich dann unerreichbar.',
    offline: 'Was aus dem Raum wird, zeigt sich, sobald du verbunden bist.',
    handOver: 'Bevor du gehst, berechtige eines der Mitglieder zum Mitbesitz: mit dem Knopf neben dem Namen in der Liste.',
    guests: (n) =>
      n === 1
        ? 'Der Raum gehört nur dir. Ein Gast bleibt zurück, und niemand kann mehr einladen, moderieren oder löschen.'
        : `Der Raum gehört nur dir. ${n} Gäste bleiben zurück, und niemand kann mehr einladen, moderieren oder löschen.`,
    nobody: 'Außer dir ist niemand darin. Er bleibt, wie er ist, mit allem, was gesagt wurde.',
    orRemove: 'Wenn ihn niemand mehr braucht, lösch ihn stattdessen in seinen Einstellungen.',
  },
};

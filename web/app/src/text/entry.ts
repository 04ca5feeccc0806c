// What the ways in say. It comes with them.

import type { Language } from './index.ts';

const en = {
  tagline: 'Rooms to talk in.',
  promise: 'Nothing gets lost, nothing comes twice. Not even on a train.',
  guest: 'As a guest',
  login: 'Log in',
  register: 'Register',
  name: 'Your name',
  password: 'Password',
  email: 'Email (if you like)',
  goGuest: 'Come in',
  goLogin: 'Log in',
  code: 'Invitation code',
  codeHint: 'Accounts are made by invitation here.',
  guestHint: 'No account needed. Others see this name, and your rooms forget you when you are gone.',
  toRoom: 'You are on your way to a room.',
  toInvitation: 'You are invited to a room. Say who you are, and you are shown to which one, before you join it.',
  asGuest: (name: string) =>
    `You are here as the guest ${name}, and stay it until you have an account. The account starts afresh: your rooms do not come along, you are logged out as the guest for good, what you wrote stays as the guest’s, and rooms that you made have no owner then.`,
  stayGuest: 'Stay a guest',
  ended: {
    revoked: 'You were logged out, here or from another device.',
    unauthorized: 'Please come in again.',
    'username-taken': 'Somebody with an account has your name now. Come in under another one.',
    'logged-out': 'You are logged out. See you soon.',
    deleted: 'Your account is deleted.',
  },
  forgotten: 'Forgot your password?',
  continueWith: (label: string) => `Continue with ${label}`,
  notSignedIn: 'You were not signed in',
  toLogin: 'Back to logging in',
  loggedInAs: (name: string) => `You are logged in as ${name}.`,
};

export const entry: Record<Language, typeof en> = {
  en,
  de: {
    tagline: 'Räume zum Reden.',
    promise: 'Nichts geht verloren, nichts kommt doppelt. Auch nicht im Zug.',
    guest: 'Als Gast',
    login: 'Anmelden',
    register: 'Neu hier',
    name: 'Dein Name',
    password: 'Passwort',
    email: 'E-Mail (wenn du magst)',
    goGuest: 'Hereinkommen',
    goLogin: 'Anmelden',
    code: 'Einladungscode',
    codeHint: 'Hier gibt es Konten nur auf Einladung.',
    guestHint: 'Ganz ohne Konto. Andere sehen diesen Namen, und die Räume vergessen dich, wenn du gehst.',
    toRoom: 'Du bist unterwegs zu einem Raum.',
    toInvitation: 'Du bist in einen Raum eingeladen. Sag, wer du bist; dann siehst du, in welchen, bevor du beitrittst.',
    asGuest: (name) =>
      `Du bist als Gast ${name} hier und bleibst es, bis du ein Konto hast. Das Konto fängt neu an: Deine Räume kommen nicht mit, als Gast bist du dann endgültig abgemeldet, was du geschrieben hast, bleibt als das des Gastes stehen, und Räume, die du angelegt hast, gehören dann niemandem.`,
    stayGuest: 'Gast bleiben',
    ended: {
      revoked: 'Du wurdest abgemeldet, hier oder von einem anderen Gerät aus.',
      unauthorized: 'Bitte komm noch einmal herein.',
      'username-taken': 'Deinen Namen hat jetzt jemand mit einem Konto. Komm unter einem anderen herein.',
      'logged-out': 'Du bist abgemeldet. Bis bald.',
      deleted: 'Dein Konto ist gelöscht.',
    },
    forgotten: 'Passwort vergessen?',
    continueWith: (label) => `Weiter mit ${label}`,
    notSignedIn: 'Du bist nicht angemeldet',
    toLogin: 'Zurück zum Anmelden',
    loggedInAs: (name) => `Du bist als ${name} angemeldet.`,
  },
};

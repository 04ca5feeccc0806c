// What is said where a link leads that was printed or mailed, and where one asks for such a link. It comes with these views.

import type { Language } from './index.ts';

const en = {
  firstRun: {
    title: 'The first administrator',
    text: 'This link makes the account that administers this server. It works once.',
    go: 'Make the administrator',
    noToken: 'The link is not whole. Copy it again from where the server printed it.',
  },
  reset: {
    text: 'With this link you set a new password. It works once.',
    go: 'Set the password',
    done: 'Your new password is set, and you are logged out everywhere.',
    noToken: 'The link is not whole. Copy it again from where you got it.',
  },
  forgotten: {
    text: 'A link to set a new one is mailed to the address of your account.',
    go: 'Mail me a link',
    done: 'If there is an account with this address, a mail with a link is on its way. It may take a few minutes.',
  },
};

export const links: Record<Language, typeof en> = {
  en,
  de: {
    firstRun: {
      title: 'Die erste Verwaltung',
      text: 'Mit diesem Link entsteht das Konto, das diesen Server verwaltet. Er gilt einmal.',
      go: 'Verwaltungskonto anlegen',
      noToken: 'Der Link ist nicht vollständig. Kopiere ihn noch einmal von dort, wo der Server ihn ausgegeben hat.',
    },
    reset: {
      text: 'Mit diesem Link setzt du ein neues Passwort. Er gilt einmal.',
      go: 'Passwort setzen',
      done: 'Dein neues Passwort gilt, und du bist überall abgemeldet.',
      noToken: 'Der Link ist nicht vollständig. Kopiere ihn noch einmal von dort, wo du ihn bekommen hast.',
    },
    forgotten: {
      text: 'Ein Link, mit dem du ein neues setzt, geht an die E-Mail-Adresse deines Kontos.',
      go: 'Link schicken',
      done: 'Wenn es ein Konto mit dieser Adresse gibt, ist eine E-Mail mit einem Link unterwegs. Das kann einige Minuten dauern.',
    },
  },
};

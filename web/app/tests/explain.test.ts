import { ChatError } from 'chat-client';
import { expect, test } from 'vitest';
import { de } from '../src/text/de.ts';
import { en } from '../src/text/en.ts';
import { explain } from '../src/text/index.ts';

const refused = (field?: string) =>
  new ChatError({ code: 'invalid-field', message: 'username must be from 1 to 32 characters', details: field ? { field } : undefined });

test('what is wrong is said by the name of the field', () => {
  expect(explain(en, refused('username'))).toBe('Username must be from 1 to 32 characters.');
  expect(explain(de, refused('username'))).toBe('An dieser Angabe stimmt etwas nicht: Benutzername.');
});

test('a field that nobody has typed anything in has no name', () => {
  for (const field of [undefined, 'limit', 'toString']) {
    expect(explain(de, refused(field))).toBe('Da stimmt etwas mit der Eingabe nicht.');
  }
});

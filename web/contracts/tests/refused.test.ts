import { expect, test } from 'vitest';
import { explain, Refused, refusal } from '../shared/refused.ts';

test('an error is told in words for people, known or not', () => {
  expect(explain(new Refused('username-taken', 'taken'))).toBe('This username is taken. Choose another one.');
  expect(explain(new Refused('no-such-code', 'the name is too short'))).toBe('The name is too short.');
  expect(explain(refusal({ code: 'invalid-field', message: 'is no text', details: { field: 'roomId' } }, ''))).toBe(
    'The room id is no text.',
  );
  expect(explain(new Error('Already a sentence.'))).toBe('Already a sentence.');
  expect(explain(new Error(''))).toBe('That did not work.');
});

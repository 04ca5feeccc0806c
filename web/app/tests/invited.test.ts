import type { Notice } from 'chat-client';
import { expect, test } from 'vitest';
import { unanswered, withAnswer } from '../src/lib/invited.ts';

const notice = (seq: number, told: Notice['notice']): Notice => ({
  ...{ action: 'notice', roomId: 'inbox', after: seq - 1, seq, timestamp: '' },
  notice: told,
});
const invited = (seq: number, roomId: string) => notice(seq, { kind: 'invited', roomId, by: 'ann' });
const rooms = (notices: Notice[], answered = {}) => unanswered(notices, answered).map(({ roomId }) => roomId);

test('one is invited until one has answered, or is removed, and anew after that', () => {
  expect(rooms([invited(1, 'a'), invited(2, 'b'), invited(2, 'b')])).toEqual(['b', 'a']);
  expect(rooms([invited(1, 'a'), invited(2, 'b')], { b: 2 })).toEqual(['a']);
  expect(rooms([invited(1, 'a'), notice(2, { kind: 'removed', roomId: 'a', by: 'ann', banned: false })])).toEqual([]);
  expect(
    rooms([invited(1, 'a'), notice(2, { kind: 'removed', roomId: 'a', by: 'ann', banned: false }), invited(3, 'a')], { a: 1 }),
  ).toEqual(['a']);
  expect(rooms([notice(1, { kind: 'direct-opened', roomId: 'a', by: 'ann' })])).toEqual([]);
});

test('a later answer counts, and the oldest ones are forgotten', () => {
  const of = (roomId: string, seq: number) => ({ roomId, by: 'ann', seq });
  expect(withAnswer({ a: 4, b: 1 }, of('a', 3))).toEqual({ a: 4, b: 1 });
  let answered = {};
  for (let n = 0; n < 250; n += 1) answered = withAnswer(answered, of(`room ${n}`, 1));
  expect(Object.keys(answered)).toHaveLength(200);
  expect(answered).toHaveProperty(['room 249']);
});

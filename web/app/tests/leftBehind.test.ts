import type { MemberView } from 'chat-client';
import { expect, test } from 'vitest';
import { leftBehind } from '../src/features/room/leftBehind.ts';

const me: MemberView = { userId: 'me', username: 'me', role: 'owner' };
const user = (role: MemberView['role']): MemberView => ({ userId: `a ${role}`, username: role, role });
const guest = (n: number): MemberView => ({ userId: `g-${n}`, username: `guest ${n}`, role: 'member', guest: true });
const left = (...others: MemberView[]) => leftBehind({ items: [me, ...others], isAll: true }, 'me');

test('it is known who stays in a room that an owner leaves', () => {
  expect(left()).toEqual({ kind: 'nobody' });
  expect(left(guest(1), guest(2))).toEqual({ kind: 'guests', count: 2 });
  expect(left(guest(1), user('moderator'))).toEqual({ kind: 'members' });
  expect(left(user('member'), user('owner'))).toEqual({ kind: 'owned' });
});

test('of a room with more members than are looked at, the server judges', () => {
  expect(leftBehind({ items: [me, user('member')], isAll: false }, 'me')).toEqual({ kind: 'owned' });
});

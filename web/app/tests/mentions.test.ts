import type { MemberView } from 'chat-client';
import { expect, test } from 'vitest';
import { namesIn } from '../src/features/room/useNames.ts';

const members = ['ann', 'bob'].map((userId) => ({ userId, username: userId, role: 'member' }) as MemberView);

test('those who are mentioned are marked by their names, and nobody else is', () => {
  expect(namesIn('@bob and @ann', members, ['bob'])).toEqual(['bob']);
  expect(namesIn('@bob and @ann', members)).toEqual([]);
  expect(namesIn('@room', members, [], true)).toEqual(['room']);
});

test('a mention stays marked when its user is called otherwise by now, or is not known here', () => {
  const renamed = members.map((member) => (member.userId === 'bob' ? { ...member, username: 'Robert' } : member));
  expect(namesIn('hey @bob, look', renamed, ['bob'])).toEqual(['Robert', 'bob']);
  expect(namesIn('@ann and @bob. Right?', renamed, ['bob', 'ann'])).toEqual(['ann', 'Robert', 'bob']);
  expect(namesIn('@j.doe-1! and me@example.org', members, ['far away'])).toEqual(['j.doe-1']);
  // So many as are missing, and no more.
  expect(namesIn('@one @two', members, ['far away'])).toEqual(['one']);
  expect(namesIn('@room @bobby', renamed, ['bob'], true)).toEqual(['Robert', 'room', 'bobby']);
  expect(namesIn('nobody', renamed, ['bob'])).toEqual(['Robert']);
});

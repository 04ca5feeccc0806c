import type { MemberView, RoomState } from 'chat-client';
import { expect, test } from 'vitest';
import { mentionable, mentionsIn, namesIn } from '../src/features/room/useNames.ts';

const members = ['ann', 'bob'].map((userId) => ({ userId, username: userId, role: 'member' }) as MemberView);
const renamed = members.map((member) => (member.userId === 'bob' ? { ...member, username: 'Robert' } : member));

const shown = (message: string, people = members, mentions?: string[], mentionsRoom?: boolean) =>
  namesIn({ message, mentions, mentionsRoom }, people);

test('those who are mentioned are marked by their names, and nobody else is', () => {
  expect(shown('@bob and @ann', members, ['bob'])).toEqual(['bob']);
  expect(shown('@bob and @ann', members)).toEqual([]);
  expect(shown('@room', members, [], true)).toEqual(['room']);
});

test('a mention stays marked when its user is called otherwise by now, or is not known here', () => {
  expect(shown('hey @bob, look', renamed, ['bob'])).toEqual(['Robert', 'bob']);
  expect(shown('@ann and @bob. Right?', renamed, ['bob', 'ann'])).toEqual(['ann', 'Robert', 'bob']);
  expect(shown('@j.doe-1! and me@example.org', members, ['far away'])).toEqual(['j.doe-1']);
  // So many as are missing, and no more.
  expect(shown('@one @two', members, ['far away'])).toEqual(['one']);
  expect(shown('@room @bobby', renamed, ['bob'], true)).toEqual(['Robert', 'room', 'bobby']);
  expect(shown('nobody', renamed, ['bob'])).toEqual(['Robert']);
});

test('a text mentions those whose names stand in it as words behind an @, and not in code', () => {
  const people = [
    ...members,
    { userId: 'x', username: 'Annabel' },
    { userId: 'y', username: 'Ann Lee' },
    { userId: 'z', username: '太郎' },
  ];
  const ids = (text: string) => mentionsIn(text, people);
  expect(ids('@Bob, and @ann!')).toEqual(['bob', 'ann']);
  expect(ids('@annabel'), 'no mention of ann').toEqual(['x']);
  expect(ids('@ann lee, **@bob**')).toEqual(['y', 'bob']);
  expect(ids('- @ann\n> @bob')).toEqual(['ann', 'bob']);
  expect(ids('@太郎さん')).toEqual(['z']);
  for (const text of ['ann', 'me@ann.example', '@anna', '@bob_2', '`@ann`', '```\n@bob\n```', 'https://example.org/@ann'])
    expect(ids(text), text).toBeUndefined();
});

test('whoever was picked is mentioned under the name they were picked by, though another one is called so now', () => {
  const picked = { userId: 'old', username: 'Bob' };
  expect(mentionsIn('@bob', [picked, ...members])).toEqual(['old']);
});

test('an edit mentions whom the message mentioned, whatever they are called now, as long as what stands for them is there', () => {
  const edited = { message: 'hi @bob and @ann', mentions: ['bob', 'ann'] };
  expect(mentionsIn('hello @bob and @ann', renamed, edited)).toEqual(['ann', 'bob']);
  expect(mentionsIn('hello @bob', renamed, edited)).toEqual(['bob']);
  expect(mentionsIn('hello @ann', renamed, edited)).toEqual(['ann']);
  expect(mentionsIn('hello @Robert', renamed, edited)).toEqual(['bob']);
  expect(mentionsIn('hello', renamed, edited)).toBeUndefined();
});

test('of a large room those can be mentioned, too, who are there or have written', () => {
  const user = (userId: string, username = userId) => ({ userId, username });
  const [online, messages] = [[user('eve')], ['kim', 'old', 'ann'].map((senderId) => ({ senderId, sender: senderId.toUpperCase() }))];
  const people = (memberCount: number) =>
    mentionable({ members, memberCount, online, messages } as unknown as RoomState).map(({ username }) => username);
  expect(people(2), 'all members are known').toEqual(['ann', 'bob']);
  expect(people(300)).toEqual(['ann', 'OLD', 'KIM', 'eve', 'bob']);
});

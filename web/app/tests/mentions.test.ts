import type { MemberView, RoomState } from 'chat-client';
import { expect, test } from 'vitest';
import { mentionable, mentionsIn, namesIn } from '../src/features/room/mentions.ts';

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
  expect(shown('me@example.org, `@code`, https://example.org/@page and @bob', renamed, ['bob'])).toEqual(['Robert', 'bob']);
  expect(shown('@rob', [{ ...members[1], username: 'Robert' } as MemberView], ['bob']), 'a name that goes on now').toEqual([
    'Robert',
    'rob',
  ]);
  expect(shown('@हिन्दी', members, ['far away'])).toEqual(['हिन्दी']);
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
  for (const text of ['@太郎さん', 'こんにちは@太郎ー！']) expect(ids(text), text).toEqual(['z']);
  expect(ids('tomorrow.@ann')).toEqual(['ann']);
  for (const text of ['ann', 'me@ann.example', '@anna', '@ann-marie', '@bob_2', '`@ann`', '```\n@bob\n```', 'https://example.org/@ann'])
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
  const another = [...renamed, { userId: 'c', username: 'Bob' }];
  expect(mentionsIn('hello @bob', another, edited), 'not another one who is called so now').toEqual(['bob']);
  const far = { message: '@one @two', mentions: ['1', '2'] };
  expect(mentionsIn('@two', members, far), 'nobody knows which one').toEqual(['1', '2']);
});

test('of a large room those can be mentioned, too, who are there or have written', () => {
  const user = (userId: string, username = userId) => ({ userId, username });
  const [online, messages] = [[user('eve')], ['kim', 'old', 'ann'].map((senderId) => ({ senderId, sender: senderId.toUpperCase() }))];
  const people = (memberCount: number) =>
    mentionable({ members, memberCount, online, messages } as unknown as RoomState).map(({ username }) => username);
  expect(people(2), 'all members are known').toEqual(['ann', 'bob']);
  expect(people(300)).toEqual(['ann', 'bob', 'eve', 'OLD', 'KIM']);
  messages.push({ senderId: 'gone', sender: 'Eve' });
  expect(people(300), 'whoever is there goes by the name').toEqual(['ann', 'bob', 'eve', 'OLD', 'KIM']);
});

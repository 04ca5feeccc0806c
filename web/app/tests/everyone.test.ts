import { expect, test } from 'vitest';
import { mayMentionEveryone, mentionsEveryone } from '../src/lib/everyone.ts';

test('a text mentions everybody by a word of its own', () => {
  for (const text of ['@room', 'Hello @room!', '(@Room)', 'all:\n@room\nthanks']) expect(mentionsEveryone(text, []), text).toBe(true);
  for (const text of ['room', '@roommate', '@rooms', 'me@room.example', '@room_2', '@ room', '@room-bot'])
    expect(mentionsEveryone(text, []), text).toBe(false);
  expect(mentionsEveryone('@Room Service, please', [{ userId: 'r', username: 'Room Service' }])).toBe(false);
});

test('moderators and owners may mention everybody, in announcements administrators, in direct rooms nobody', () => {
  const who = (kind: string, role: string | undefined, admin = false) => mayMentionEveryone({ kind, role } as never, admin);
  expect(['member', 'moderator', 'owner', undefined].map((role) => who('private', role))).toEqual([false, true, true, false]);
  expect([who('public', 'member', true), who('announcement', 'owner'), who('announcement', undefined, true)]).toEqual([true, false, true]);
  expect([who('direct', 'owner'), who('direct', 'owner', true)]).toEqual([false, false]);
});

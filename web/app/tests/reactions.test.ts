import { ChatError, type Message, type Room } from 'chat-client';
import { expect, test } from 'vitest';
import { toggleReaction } from '../src/features/room/reactions.ts';

const [plain, dark, light, heart] = ['👍', '👍🏿', '👍🏻', '❤️'] as const;

/** What is asked of the server where ann, who has reacted so, picks an emoji; the first reaction is refused with this code. */
async function asked(own: readonly string[], emoji: string, code?: string): Promise<string[]> {
  const calls: string[] = [];
  const refusals = code ? [new ChatError({ code, message: '' })] : [];
  const call = (sign: string) => async (_: number, other: string) => {
    calls.push(sign + other);
    const refusal = sign === '+' && refusals.pop();
    if (refusal) throw refusal;
  };
  const room = { react: call('+'), unreact: call('-') } as unknown as Room;
  const reactions = own.map((other) => ({ emoji: other, users: ['ben', 'ann'] }));
  const message = { seq: 1, reactions: [...reactions, { emoji: heart, users: ['ben'] }] } as Message;
  await toggleReaction(room, message, emoji, 'ann').catch((problem) => calls.push(problem.code));
  return calls;
}

test('a reaction takes the place of the same one in another tone, and is taken back when it is picked again', async () => {
  expect(await asked([], dark)).toEqual([`+${dark}`]);
  expect(await asked([dark], dark)).toEqual([`-${dark}`]);
  expect(await asked([dark], light)).toEqual([`+${light}`, `-${dark}`]);
  expect(await asked([dark, plain], light), 'also of two').toEqual([`+${light}`, `-${dark}`, `-${plain}`]);
  expect(await asked([dark], heart), 'with which only others have reacted').toEqual([`+${heart}`]);
});

test('where a reaction is refused the one in another tone stays, unless it is what leaves no room', async () => {
  expect(await asked([dark], light, 'muted')).toEqual([`+${light}`, 'muted']);
  expect(await asked([dark], light, 'too-many-reactions')).toEqual([`+${light}`, `-${dark}`, `+${light}`]);
  expect(await asked([], light, 'too-many-reactions')).toEqual([`+${light}`, 'too-many-reactions']);
});

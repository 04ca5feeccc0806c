import { ChatError, type Message, type Room } from 'chat-client';

/** An emoji without its skin tones. */
const toneless = (emoji: string) => emoji.replace(/[\u{1f3fb}-\u{1f3ff}]/gu, '');

/** How one has reacted with an emoji, in whichever skin tones. */
export const ownReactions = ({ reactions = [] }: Message, emoji: string, me: string): string[] =>
  reactions.filter((other) => toneless(other.emoji) === toneless(emoji) && other.users.includes(me)).map((other) => other.emoji);

/**
 * Reacts with an emoji, or takes that back. It takes the place of the same one in another skin tone, which goes only once the new one is
 * there: if that is refused, the old one stays, unless it is what leaves no room for another.
 */
export async function toggleReaction(room: Pick<Room, 'react' | 'unreact'>, message: Message, emoji: string, me: string): Promise<void> {
  const own = ownReactions(message, emoji, me);
  const takeBack = () => Promise.all(own.map((other) => room.unreact(message.seq, other)));
  if (!own.includes(emoji)) {
    try {
      await room.react(message.seq, emoji);
    } catch (problem) {
      if (ChatError.from(problem).code !== 'too-many-reactions' || own.length === 0) throw problem;
      await takeBack();
      await room.react(message.seq, emoji);
      return;
    }
  }
  await takeBack();
}

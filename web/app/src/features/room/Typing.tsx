import type { Room } from 'chat-client';
import { useTyping } from 'chat-client/react';
import { useText } from '../../text/index.ts';

/** Who is writing. The line has its place when nobody is, so that nothing moves. */
export function Typing({ room }: { room: Room }) {
  const texts = useText();
  const { typing } = useTyping(room);
  return (
    <p className="h-6 truncate px-5 text-sm text-soft">
      {typing.length > 0 && <span className="animate-pulse-soft">{texts.room.typing(typing.map((user) => user.username))}</span>}
    </p>
  );
}

import type { Message, Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { called } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';
import { useMay } from './useMay.ts';
import { useToggleReaction } from './useToggleReaction.ts';

export function Reactions({ room, message }: { room: Room; message: Message }) {
  const texts = useText();
  const me = useChat().me() ?? '';
  const members = useRoomState(room, (state) => state.members);
  const may = useMay(room);
  const toggle = useToggleReaction(room, message);
  if (!message.reactions?.length) return null;
  const nameOf = (userId: string) =>
    userId === me ? texts.room.byYou : called(members.find((member) => member.userId === userId)?.username ?? '…', texts);
  return (
    <ul className="mt-1 mb-0.5 flex flex-wrap gap-1.5">
      {message.reactions.map(({ emoji, users }) => {
        const label = texts.room.reactedBy(emoji, users.length, users.slice(0, 8).map(nameOf).join(', '));
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={users.includes(me)}
              aria-label={label}
              title={label}
              disabled={!may.react}
              onClick={() => toggle(emoji)}
              className="flex min-h-7 items-center gap-1.5 rounded-full border border-line bg-raised px-2.5 text-sm tabular-nums enabled:hover:border-accent aria-pressed:border-accent aria-pressed:bg-tint"
            >
              <span className="emoji">{emoji}</span>
              <span className="font-medium">{users.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

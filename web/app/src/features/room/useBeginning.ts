import type { Room } from 'chat-client';
import { useRoomState } from 'chat-client/react';
import { useRoomName } from '../../lib/rooms.ts';
import { useText } from '../../text/index.ts';

/** What stands above the first message. */
export function useBeginning(room: Room): string {
  const { room: texts } = useText();
  const name = useRoomName(room);
  const isDirect = useRoomState(room, (state) => state.kind === 'direct');
  return isDirect ? texts.startWith(name) : texts.start(name);
}

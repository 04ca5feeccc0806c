import { find, type Message, type Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { called } from '../../lib/rooms.ts';
import { useSaid, useText } from '../../text/index.ts';
import { messageTexts } from '../../text/message.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Dialog } from '../../ui/Dialog.tsx';

/** Who has reacted to a message, and with what. It follows what happens meanwhile, for as long as the message is at hand. */
export function Reacted({ room, message, onClose }: { room: Room; message: Message; onClose: () => void }) {
  const texts = useText();
  const said = useSaid(messageTexts);
  const me = useChat().me();
  const members = useRoomState(room, (state) => state.members);
  const { reactions = [] } = useRoomState(room, (state) => find(state.messages, message.seq)) ?? message;
  const nameOf = (userId: string) => {
    const member = members.find((each) => each.userId === userId);
    return member && called(member.username, texts);
  };
  return (
    <Dialog title={said.reactions} onClose={onClose}>
      {reactions.length === 0 && <p className="text-soft">{said.noReactions}</p>}
      <div className="flex flex-col gap-4">
        {reactions.map(({ emoji, users }) => (
          <section key={emoji} className="flex gap-4">
            <h3 className="emoji w-8 shrink-0 text-center text-xl leading-7">{emoji}</h3>
            <ul className="flex min-w-0 flex-1 flex-col gap-2">
              {users.map((userId) => (
                <li key={userId} className="flex items-center gap-3">
                  <Avatar id={userId} name={nameOf(userId) ?? '?'} size="small" />
                  <span className="truncate font-semibold">{userId === me ? texts.you : (nameOf(userId) ?? said.somebody)}</span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

import { find, type Message, isMentioned as mentions, type Room } from 'chat-client';
import { useChat, useRoomState } from 'chat-client/react';
import { plain } from '../../lib/plain.ts';
import { called } from '../../lib/rooms.ts';
import { clock, whole } from '../../lib/time.ts';
import { useLanguage, useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { around, focusFirst } from '../../ui/focus.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Actions } from './Actions.tsx';
import { Reactions } from './Reactions.tsx';
import type { RowProps } from './RowView.tsx';
import type { Row } from './rows.ts';
import { SeenBy } from './SeenBy.tsx';
import { Text } from './Text.tsx';
import { useNames } from './useNames.ts';

type Props = RowProps & { row: Extract<Row, { kind: 'message' }> };

/** A message may leave the document while it has the focus: then the list has it. */
const handOn = (row: HTMLElement) => {
  const [, ...lists] = around(row);
  return () => {
    if (row.contains(document.activeElement)) focusFirst(lists);
  };
};

export function MessageView({ room, row, isActive, isFlashed, isInHand, onActive, onTask, jump }: Props) {
  const texts = useText();
  const language = useLanguage();
  const me = useChat().me();
  const { message, first } = row;
  const names = useNames(room, message);
  const sender = called(message.sender, texts);
  const isMentioned = mentions(message, me);
  const time = clock(message.timestamp, language);
  const colour = isFlashed || isInHand ? 'bg-tint' : isMentioned ? 'bg-mark-tint' : 'hover:bg-ground focus-within:bg-ground';
  return (
    <article
      ref={handOn}
      data-row={row.key}
      data-seq={message.seq}
      tabIndex={isActive ? 0 : -1}
      aria-label={`${sender}, ${time}`}
      onFocus={() => onActive(row.key)}
      className={`group relative flex gap-3 px-4 transition-colors duration-300 -outline-offset-2 sm:px-5 ${first ? 'mt-1 pt-1.5' : 'pt-0.5 pointer-coarse:pt-[0.3rem]'} pb-0.5 pointer-coarse:pb-[0.3rem] ${colour}`}
    >
      <span className="w-9 shrink-0">
        {first ? (
          <Avatar id={message.senderId} name={sender} />
        ) : (
          <span
            aria-hidden="true"
            className="invisible -mx-2 block pt-0.5 text-center whitespace-nowrap text-[0.65rem] leading-5 text-faint group-focus-within:visible group-hover:visible"
          >
            {time}
          </span>
        )}
      </span>
      <div className="min-w-0 flex-1 pointer-coarse:pr-6">
        {first && (
          <p className="flex items-baseline gap-2">
            <span className={`truncate font-semibold ${message.senderId === me ? 'text-accent' : ''}`}>{sender}</span>
            {message.guest && <span className="shrink-0 text-xs text-faint">{texts.guest}</span>}
            <time dateTime={message.timestamp} title={whole(message.timestamp, language)} className="text-xs whitespace-nowrap text-faint">
              {time}
            </time>
          </p>
        )}
        {message.replyTo !== undefined && <Quote room={room} seq={message.replyTo} jump={jump} />}
        <Body message={message} names={names} />
        {message.reactions && <Reactions room={room} message={message} />}
        {message.senderId === me && <SeenBy room={room} message={message} />}
      </div>
      {!message.deletedAt && <Actions room={room} message={message} isActive={isActive} onTask={onTask} />}
    </article>
  );
}

function Body({ message, names }: { message: Message; names: readonly string[] }) {
  const texts = useText();
  if (message.deletedAt) return <p className="text-faint italic">{texts.room.deleted}</p>;
  if (!message.message) return <p className="text-faint italic">{texts.room.erased}</p>;
  return (
    <div>
      <Text text={message.message} names={names} />
      {(message.editedAt || message.pinned) && (
        <p className="flex items-center gap-2 text-xs text-faint">
          {message.editedAt && <span>{texts.room.edited}</span>}
          {message.pinned && (
            <span className="flex items-center gap-1">
              <Icon name="pin" className="size-3.5" />
              {texts.room.pinned}
            </span>
          )}
        </p>
      )}
    </div>
  );
}

/** The message that this one answers. */
function Quote({ room, seq, jump }: { room: Room; seq: number; jump: (seq: number) => void }) {
  const texts = useText();
  const answered = useRoomState(room, (state) => find(state.messages, seq));
  const said = answered && (answered.deletedAt ? texts.room.deleted : plain(answered.message));
  return (
    <button
      type="button"
      tabIndex={-1}
      onClick={() => jump(seq)}
      className="mb-0.5 flex max-w-full items-center gap-1.5 rounded-lg border-l-3 border-accent bg-hover py-0.5 pr-2.5 pl-2 text-left text-sm text-soft"
    >
      <Icon name="reply" className="size-4" />
      <span className="sr-only">{answered ? texts.room.inReplyTo(called(answered.sender, texts)) : texts.room.inReplyToOlder}</span>
      {answered && (
        <span className="max-w-1/2 shrink-0 truncate font-semibold" aria-hidden="true">
          {called(answered.sender, texts)}
        </span>
      )}
      <span className="truncate">{said ?? texts.room.inReplyToOlder}</span>
    </button>
  );
}

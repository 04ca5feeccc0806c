import type { Room } from 'chat-client';
import { useChat, useClient, useRoomParts } from 'chat-client/react';
import { memo } from 'react';
import { NavLink } from 'react-router';
import { useQuiet } from '../../lib/notify.ts';
import { plain } from '../../lib/plain.ts';
import { called, iconOf, useRoomName } from '../../lib/rooms.ts';
import { brief } from '../../lib/time.ts';
import { useLanguage, useText } from '../../text/index.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';

export const RoomRow = memo(function RoomRow({ room }: { room: Room }) {
  const texts = useText();
  const language = useLanguage();
  const me = useChat().me();
  const name = useRoomName(room);
  const { kind, unread, mentions, lastMessage, archived, typing, peer } = useRoomParts(
    room,
    'kind',
    'unread',
    'mentions',
    'lastMessage',
    'archived',
    'typing',
    'peer',
  );
  const listed = useClient((state) => state.listed);
  const by =
    lastMessage &&
    (lastMessage.senderId === me ? texts.rooms.byYou : kind === 'direct' ? '' : texts.rooms.by(called(lastMessage.sender, texts)));
  const said = lastMessage
    ? lastMessage.deletedAt
      ? texts.rooms.deleted
      : `${by}${plain(lastMessage.message)}`
    : listed
      ? texts.rooms.nothingSaid
      : '\u00a0';
  const isQuiet = useQuiet(room.roomId);
  const names = typing.map((user) => user.username);
  return (
    <li>
      <NavLink
        to={`/room/${encodeURIComponent(room.roomId)}`}
        className={`flex items-center gap-3 rounded-2xl px-3 py-2 hover:bg-hover aria-[current=page]:bg-raised aria-[current=page]:shadow-[0_1px_3px_var(--shadow)] ${archived ? 'opacity-80' : ''}`}
      >
        {kind === 'direct' ? (
          <Avatar id={peer?.userId ?? room.roomId} name={name || '?'} size="large" />
        ) : (
          <span
            className={`inline-flex size-11 shrink-0 items-center justify-center rounded-2xl ${unread ? 'bg-tint text-accent' : 'bg-hover text-soft'}`}
          >
            <Icon name={iconOf(kind)} />
          </span>
        )}
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className={`truncate ${unread ? 'font-semibold' : 'font-medium'}`}>{name}</span>
            <span className="flex-1">{isQuiet && <Quiet />}</span>
            {lastMessage && <span className="text-xs whitespace-nowrap text-faint">{brief(lastMessage.timestamp, language)}</span>}
          </span>
          <span className="flex items-center gap-2">
            <span className={`flex-1 truncate text-sm ${names.length ? 'text-accent' : unread ? 'text-ink' : 'text-soft'}`}>
              {names.length ? texts.room.typing(names) : said}
            </span>
            {mentions > 0 && (
              <span className="rounded-full bg-mark px-1.5 text-xs leading-5 font-semibold text-surface">
                <span aria-hidden="true">@</span>
                <span className="sr-only">{texts.rooms.mentioned(mentions)}</span>
              </span>
            )}
            {unread > 0 && (
              <span className="min-w-5 rounded-full bg-accent px-1.5 text-center text-xs leading-5 font-semibold text-accent-ink">
                <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
                <span className="sr-only">{texts.rooms.unread(unread)}</span>
              </span>
            )}
          </span>
        </span>
      </NavLink>
    </li>
  );
});

function Quiet() {
  const texts = useText();
  return (
    <>
      <Icon name="bellOff" className="size-3.5 text-faint" />
      <span className="sr-only">{texts.room.quiet}</span>
    </>
  );
}

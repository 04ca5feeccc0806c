import { Avatar } from 'chat-app/ui/Avatar.tsx';
import { IconButton } from 'chat-app/ui/Button.tsx';
import { memo, type ReactNode } from 'react';
import { isFull, type Line, MOST_LINES, type Talk } from './lines.ts';
import { useAtEnd } from './useAtEnd.ts';

/** Messages of one person that follow within this time have one heading. */
const TOGETHER_MS = 5 * 60_000;

interface Props {
  talk: Talk;
  /** Who looks at it. */
  me: string;
  /** What somebody is called, where the messages have their ids. */
  nameOf?: (from: string) => string;
  /** What older ones come from; without it, the contract has no history. */
  onOlder?: () => Promise<unknown>;
  /** What is shown where nobody has said anything yet. */
  empty: ReactNode;
}

/** The messages of one conversation, each once and in their order. The list stays at its end while one is there. */
export function Messages({ talk, me, nameOf = (from) => from, onOlder, empty }: Props) {
  const { lines } = talk;
  const lastRead = lines.findLast(({ from, isRead }) => isRead && from === me)?.number;
  const { box, isAtEnd, onScroll, toEnd } = useAtEnd(lines);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={box}
        role="log"
        aria-label="Messages"
        tabIndex={0}
        onScroll={onScroll}
        className="absolute inset-0 overflow-y-auto py-3 -outline-offset-2 [overflow-anchor:none]"
      >
        <Older talk={talk} onOlder={onOlder} />
        {lines.length === 0 && empty}
        <ol>
          {lines.map((line, index) => (
            <Row
              key={line.number}
              line={line}
              before={lines[index - 1]}
              name={nameOf(line.from)}
              isOwn={line.from === me}
              isLastRead={line.number === lastRead}
            />
          ))}
        </ol>
      </div>
      {!isAtEnd && (
        <IconButton
          icon="down"
          label="To the latest message"
          onClick={toEnd}
          className="absolute right-4 bottom-3 rounded-full bg-raised ring-1 ring-line"
        />
      )}
    </div>
  );
}

function Older({ talk, onOlder }: Pick<Props, 'talk' | 'onOlder'>) {
  if (!talk.hasOlder || talk.lines.length === 0) return null;
  if (isFull(talk)) return <p className="px-5 pb-3 text-center text-sm text-faint">This page shows the last {MOST_LINES} messages.</p>;
  if (!onOlder) return <p className="px-5 pb-3 text-center text-sm text-faint">Older messages are not shown.</p>;
  return (
    <p className="pb-3 text-center">
      <button type="button" onClick={onOlder} className="min-h-10 rounded-xl px-4 text-sm font-medium text-accent hover:bg-hover">
        Show older messages
      </button>
    </p>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

interface RowProps {
  line: Line;
  before: Line | undefined;
  name: string;
  isOwn: boolean;
  /** Whether the other has read up to here. */
  isLastRead: boolean;
}

const Row = memo(({ line, before, name, isOwn, isLastRead }: RowProps) => {
  const at = new Date(line.at);
  const isNewDay = !before || new Date(before.at).toDateString() !== at.toDateString();
  const isFirst = isNewDay || before.from !== line.from || at.getTime() - new Date(before.at).getTime() > TOGETHER_MS;
  return (
    <li data-number={line.number}>
      {isNewDay && <p className="px-5 pt-2 pb-1 text-center text-xs font-medium text-faint">{day.format(at)}</p>}
      <div className={`flex gap-3 px-4 sm:px-5 ${isFirst ? 'pt-2' : 'pt-0.5'}`}>
        <span className="w-9 shrink-0">{isFirst && <Avatar id={name} name={name} />}</span>
        <div className="min-w-0 flex-1">
          {isFirst && (
            <p className="flex items-baseline gap-2">
              <span className={`truncate font-semibold ${isOwn ? 'text-accent' : ''}`}>{name}</span>
              <time dateTime={line.at} className="text-xs whitespace-nowrap text-faint">
                {clock.format(at)}
              </time>
            </p>
          )}
          {/* A text is always a text, and never HTML. */}
          <p className="text whitespace-pre-wrap" dir="auto">
            {line.text}
          </p>
          {isLastRead && <p className="text-xs text-faint">Read</p>}
        </div>
      </div>
    </li>
  );
});

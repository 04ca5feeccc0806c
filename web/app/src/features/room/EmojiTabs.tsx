import type { KeyboardEvent } from 'react';
import { emojiTexts } from '../../text/emoji.ts';
import { useSaid } from '../../text/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import type { EmojiGroup } from './emojiSearch.ts';

interface Props {
  groups: readonly EmojiGroup[];
  /** What is at the top of the list: 0 is what is at hand, and 1 the first group. */
  current: number;
  /** They lead nowhere while one searches, and keep their place. */
  isHidden: boolean;
  /** Is told which one was picked: 0 is what is at hand, and 1 the first group. */
  onPick: (group: number, byKeyboard: boolean) => void;
}

/** A button for what is at hand, and one for each group, with its first emoji. The Tab key leads to the current one, and arrow keys to the others. */
export function EmojiTabs({ groups, current, isHidden, onPick }: Props) {
  const said = useSaid(emojiTexts);
  const tabs = [
    { title: said.atHand, picture: <Icon name="clock" className="size-5" /> },
    ...groups.map(({ title, emoji: [first] }) => ({ title, picture: first?.emoji })),
  ];
  return (
    <div
      role="toolbar"
      aria-label={said.groups}
      onKeyDown={goOn}
      className={`flex min-h-11.5 border-line border-t p-1 ${isHidden ? 'invisible' : ''}`}
    >
      {tabs.map(({ title, picture }, at) => (
        <button
          key={title}
          type="button"
          aria-label={title}
          title={title}
          aria-current={at === current || undefined}
          tabIndex={at === current ? 0 : -1}
          // A press of a key is a click without a pointer.
          onClick={(event) => onPick(at, event.detail === 0)}
          className="emoji grid h-9 min-w-0 flex-1 place-items-center rounded-lg border-transparent border-b-2 text-lg text-soft leading-none grayscale hover:bg-hover aria-[current]:rounded-b-none aria-[current]:border-accent aria-[current]:text-accent aria-[current]:grayscale-0"
        >
          {picture}
        </button>
      ))}
    </div>
  );
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

function goOn(event: KeyboardEvent<HTMLElement>) {
  const step = STEPS[event.key];
  const tabs = [...event.currentTarget.children];
  if (!step) return;
  event.preventDefault();
  (tabs.at((tabs.indexOf(event.target as Element) + step) % tabs.length) as HTMLElement).focus();
}

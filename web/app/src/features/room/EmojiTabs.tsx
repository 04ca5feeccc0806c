import { Toolbar } from 'radix-ui';
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
  /** Counted likewise. */
  onPick: (group: number) => void;
}

/** A button for what is at hand, and one for each group, with its first emoji. */
export function EmojiTabs({ groups, current, isHidden, onPick }: Props) {
  const said = useSaid(emojiTexts);
  const tabs = [
    { title: said.atHand, picture: <Icon name="clock" className="size-5" /> },
    ...groups.map(({ title, emoji: [first] }) => ({ title, picture: first?.emoji })),
  ];
  return (
    <Toolbar.Root aria-label={said.groups} className={`flex border-line border-t p-1 ${isHidden ? 'invisible' : ''}`}>
      {tabs.map(({ title, picture }, at) => (
        <Toolbar.Button
          key={title}
          aria-label={title}
          title={title}
          aria-current={at === current || undefined}
          onClick={() => onPick(at)}
          className="emoji grid h-9 min-w-0 flex-1 place-items-center rounded-lg text-lg leading-none grayscale hover:bg-hover hover:grayscale-0 aria-[current]:bg-hover aria-[current]:grayscale-0"
        >
          {picture}
        </Toolbar.Button>
      ))}
    </Toolbar.Root>
  );
}

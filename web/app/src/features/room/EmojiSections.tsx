import { memo, useId } from 'react';
import { emojiTexts } from '../../text/emoji.ts';
import { useSaid } from '../../text/index.ts';
import { COLUMNS } from './emojiGrid.ts';
import type { Emoji, EmojiGroup } from './emojiSearch.ts';
import { TONES, type Tone, toned } from './emojiTone.ts';

/** Heights in rem: that of a row with the gap below it, and that of a heading. */
const ROW = 2.375;
const HEADING = 2;

/** The groups below one another. Their emoji are counted through, and the one that the Tab key leads to is `reached`. */
export function EmojiSections({ groups, reached, tone }: { groups: readonly EmojiGroup[]; reached: number; tone: Tone }) {
  let start = 0;
  return groups.map((group) => {
    const first = start;
    start += group.emoji.length;
    const isIn = reached >= first && reached < start;
    return <EmojiSection key={group.title} group={group} first={first} reached={isIn ? reached : undefined} tone={tone} />;
  });
}

interface Props {
  group: EmojiGroup;
  first: number;
  reached: number | undefined;
  tone: Tone;
}

/**
 * A group with its heading. There are so many emoji that one out of sight is not laid out, and that none is drawn anew but where the Tab key
 * leads, or led. What is pressed is seen to by what they all lie in.
 */
const EmojiSection = memo(function EmojiSection({ group, first, reached, tone }: Props) {
  const id = useId();
  const said = useSaid(emojiTexts);
  const labelOf = ({ label, hasTones }: Emoji) => (tone && hasTones ? said.inTone(label, said.tones[TONES.indexOf(tone)] ?? '') : label);
  const rows = Math.ceil(group.emoji.length / COLUMNS);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div
      role="group"
      aria-labelledby={id}
      className="[content-visibility:auto]"
      style={{ containIntrinsicBlockSize: `auto ${HEADING + rows * ROW}rem` }}
    >
      <h2 id={id} className="flex h-8 items-center px-1.5 text-sm font-medium text-soft">
        {group.title}
      </h2>
      <div className="grid grid-cols-8 gap-x-0.5">
        {group.emoji.map((each, index) => (
          <button
            key={each.emoji}
            type="button"
            data-at={first + index}
            tabIndex={first + index === reached ? 0 : -1}
            aria-label={labelOf(each)}
            title={labelOf(each)}
            className="emoji mb-0.5 h-9 rounded-lg text-xl leading-none hover:bg-hover focus-visible:-outline-offset-2"
          >
            {toned(each, tone)}
          </button>
        ))}
      </div>
    </div>
  );
});

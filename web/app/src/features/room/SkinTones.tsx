import { useId } from 'react';
import { emojiTexts } from '../../text/emoji.ts';
import { useSaid } from '../../text/index.ts';
import { TONES, type Tone, toned } from './emojiTone.ts';

const HAND = { emoji: '✋', hasTones: true };

interface ButtonProps {
  tone: Tone;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
}

/** Shows and hides the row of tones. */
export function SkinToneButton({ tone, isOpen, onOpen }: ButtonProps) {
  const said = useSaid(emojiTexts);
  const label = said.toneNow(said.tones[TONES.indexOf(tone)] ?? '');
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-expanded={isOpen}
      onClick={() => onOpen(!isOpen)}
      className="emoji size-10 shrink-0 rounded-xl text-xl leading-none hover:bg-hover aria-expanded:bg-hover"
    >
      {toned(HAND, tone)}
    </button>
  );
}

interface Props {
  tone: Tone;
  onPick: (tone: Tone) => void;
}

/** The tones, of which one is picked. */
export function SkinTones({ tone, onPick }: Props) {
  const said = useSaid(emojiTexts);
  const name = useId();
  return (
    <div role="radiogroup" aria-label={said.tone} className="mx-2 mb-1 flex justify-between rounded-xl bg-surface px-1">
      {TONES.map((each, at) => (
        <label
          key={each}
          title={said.tones[at]}
          className="emoji relative grid size-10 cursor-pointer place-items-center rounded-lg text-xl leading-none hover:bg-hover has-checked:ring-2 has-checked:ring-accent has-checked:ring-inset has-focus-visible:outline-2"
        >
          <input
            type="radio"
            aria-label={said.tones[at]}
            name={name}
            checked={each === tone}
            onChange={() => onPick(each)}
            className="sr-only"
          />
          <span aria-hidden="true">{toned(HAND, each)}</span>
        </label>
      ))}
    </div>
  );
}

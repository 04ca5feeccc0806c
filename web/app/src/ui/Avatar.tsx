const HUES = ['hue-25', 'hue-60', 'hue-95', 'hue-140', 'hue-185', 'hue-230', 'hue-275', 'hue-330'];

function hue(id: string): string {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return HUES[sum % HUES.length] as string;
}

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first letters of a name: of its first two words, if it has so many. */
function initials(name: string): string {
  const words = name
    .split(/[\s._-]+/)
    .filter(Boolean)
    .slice(0, 2);
  return (
    words
      .map((word) => [...segments.segment(word)][0]?.segment ?? '')
      .join('')
      .toUpperCase() || '?'
  );
}

const SIZES = {
  tiny: 'size-4.5 rounded-md text-[0.5rem]',
  small: 'size-7 rounded-[0.65rem] text-[0.7rem]',
  medium: 'size-9 rounded-[0.8rem] text-xs',
  large: 'size-11 rounded-2xl text-sm',
};

interface Props {
  id: string;
  name: string;
  size?: keyof typeof SIZES;
  presence?: 'online' | 'away' | undefined;
}

export function Avatar({ id, name, size = 'medium', presence }: Props) {
  return (
    <span className="relative inline-flex shrink-0" aria-hidden="true">
      <span className={`inline-flex items-center justify-center font-semibold ${SIZES[size]} ${hue(id)}`}>{initials(name)}</span>
      {presence && (
        <span
          className={`absolute -right-0.5 -bottom-0.5 size-3 rounded-full ring-2 ring-surface ${presence === 'online' ? 'bg-accent' : 'border-2 border-faint bg-surface'}`}
        />
      )}
    </span>
  );
}

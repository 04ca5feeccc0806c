// The skin tone in which the table shows hands and people.

import { kept } from '../../lib/kept.ts';
import type { Emoji } from './emojiSearch.ts';

/** The modifiers of Unicode (UTS 51, 2.4), from light to dark. Without one an emoji is yellow. */
export const TONES = ['', '\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'] as const;

export type Tone = (typeof TONES)[number];

/** The browser keeps the place of a tone among these. */
const memory = kept<unknown>('chat-skin-tone', 0);

/** The tone that was picked last in this browser. */
export function tonePicked(): Tone {
  const place = memory.get();
  return (typeof place === 'number' && TONES[place]) || '';
}

export const rememberTone = (tone: Tone): void => memory.set(TONES.indexOf(tone));

/** What a tone goes behind. The handshake inside of "people holding hands" takes none. */
const SKIN = /(?!\u{1f91d}\u200d)(\p{Emoji_Modifier_Base})\ufe0f?/gu;

/** An emoji in a tone, if it has tones. */
export const toned = ({ emoji, hasTones }: Pick<Emoji, 'emoji' | 'hasTones'>, tone: Tone): string =>
  tone && hasTones ? emoji.replace(SKIN, `$1${tone}`) : emoji;

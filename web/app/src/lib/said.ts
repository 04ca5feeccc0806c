import { type Block, type Inline, LETTER, parse } from './markdown.ts';

/** What a text says behind `@`s. What stands in code is not said. */
export interface Said {
  /** Which of the names, in lower case. */
  names: ReadonlySet<string>;
  /** What else, each the first word. */
  words: readonly string[];
}

const WORD = new RegExp(`(?<!${LETTER})@([\\p{L}\\p{M}\\p{N}_.-]*[\\p{L}\\p{M}\\p{N}])`, 'gu');

/** What a text says, if these are the names that somebody may have. */
export function saidIn(text: string, names: readonly string[]): Said {
  const lower = text.toLowerCase();
  const possible = names.filter((name) => lower.includes(`@${name.toLowerCase()}`));
  const nodes = parse(text, possible).flatMap(inside);
  const found = nodes.flatMap((node) => (node.kind === 'mention' ? [node.text.slice(1).toLowerCase()] : []));
  const words = nodes.flatMap((node) => (node.kind === 'text' ? [...node.text.matchAll(WORD)].map(([, word = '']) => word) : []));
  return { names: new Set(found), words: [...new Set(words)] };
}

/** The parts of a text but for code, addresses, and what is shown for one. */
function inside(part: Block | Inline): Inline[] {
  if (part.kind === 'pre' || part.kind === 'link') return [];
  if (part.kind === 'list') return part.items.flat().flatMap(inside);
  return 'children' in part ? (part.children as (Block | Inline)[]).flatMap(inside) : [part];
}

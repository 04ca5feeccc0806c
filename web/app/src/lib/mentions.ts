import { type Block, type Inline, parse } from './markdown.ts';

/** Which of the names a text says behind an `@`, in lower case. What stands in code is not said. */
export function saidIn(text: string, names: readonly string[]): ReadonlySet<string> {
  const lower = text.toLowerCase();
  const possible = names.filter((name) => lower.includes(`@${name.toLowerCase()}`));
  return new Set(possible.length ? parse(text, possible).flatMap(inBlock) : []);
}

function inBlock(block: Block): string[] {
  switch (block.kind) {
    case 'pre':
      return [];
    case 'quote':
      return block.children.flatMap(inBlock);
    case 'list':
      return block.items.flat().flatMap(inNode);
    case 'paragraph':
      return block.children.flatMap(inNode);
  }
}

function inNode(node: Inline): string[] {
  if (node.kind === 'mention') return [node.text.slice(1).toLowerCase()];
  return 'children' in node ? node.children.flatMap(inNode) : [];
}

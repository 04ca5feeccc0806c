import { Fragment, memo, useMemo } from 'react';
import { type Block, type Inline, isEmojiAlone, parse } from '../../lib/markdown.ts';

/** A message's text. What is drawn are elements made of its parts, and never HTML. */
export const Text = memo(function Text({ text, names }: { text: string; names: readonly string[] }) {
  const blocks = useMemo(() => parse(text, names), [text, names]);
  if (isEmojiAlone(text)) return <p className="emoji text-4xl leading-tight">{text}</p>;
  return <Blocks blocks={blocks} />;
});

// What a text has is drawn in its order, and all anew when it changes: the place is what tells its parts apart.
function Blocks({ blocks }: { blocks: Block[] }) {
  return blocks.map((block, index) => {
    const key = `${block.kind}${index}`;
    switch (block.kind) {
      case 'pre':
        return (
          <pre
            key={key}
            tabIndex={0}
            className="my-1 max-h-96 overflow-auto rounded-xl border border-line bg-ground p-3 font-mono text-[0.82rem] leading-relaxed"
          >
            <code>{block.text}</code>
          </pre>
        );
      case 'quote':
        return (
          <blockquote key={key} className="my-1 border-l-3 border-line pl-3 text-soft">
            <Blocks blocks={block.children} />
          </blockquote>
        );
      case 'list':
        return <List key={key} block={block} />;
      case 'paragraph':
        return (
          // Lines stay as far in as they were written: pasted code means something by that.
          <p key={key} className="whitespace-pre-wrap not-first:mt-1.5">
            <Inlines nodes={block.children} />
          </p>
        );
    }
  });
}

function List({ block }: { block: Extract<Block, { kind: 'list' }> }) {
  const items = block.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <li key={index}>
      <Inlines nodes={item} />
    </li>
  ));
  if (block.start === undefined) return <ul className="my-1 list-disc pl-5">{items}</ul>;
  return (
    <ol start={block.start} className="my-1 list-decimal pl-6">
      {items}
    </ol>
  );
}

function Inlines({ nodes }: { nodes: Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return nodes.map((node, index) => <Fragment key={index}>{drawn(node)}</Fragment>);
}

function drawn(node: Inline) {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'break':
      return <br />;
    case 'code':
      return <code className="rounded-md border border-line bg-ground px-1 py-px font-mono text-[0.85em]">{node.text}</code>;
    case 'strong':
      return (
        <strong className="font-semibold">
          <Inlines nodes={node.children} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Inlines nodes={node.children} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Inlines nodes={node.children} />
        </s>
      );
    case 'mention':
      return <span className="rounded-md bg-tint px-1 font-medium text-accent">{node.text}</span>;
    case 'link':
      return (
        <a
          href={node.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="text-accent underline decoration-from-font underline-offset-2"
        >
          <Inlines nodes={node.children} />
        </a>
      );
  }
}

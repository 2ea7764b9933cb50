/** A text in one line without its marks, for lists, bars and quotes. What is hidden in it stays hidden. */
import { type Block, type Inline, textTree } from './textTree.ts';

/** More than a line shows: longer texts are not looked through. */
const lookedAt = 600;
const hidden = '▒▒▒▒';

export function plainLine(text: string): string {
  return textTree(text.slice(0, lookedAt)).map(blockLine).join(' ').replace(/\s+/g, ' ').trim();
}

function blockLine(block: Block): string {
  switch (block.kind) {
    case 'codeBlock':
      return block.text;
    case 'list':
      return block.items.map(({ children }) => inlineLine(children)).join(', ');
    case 'paragraph':
    case 'quote':
      return inlineLine(block.children);
  }
}

function inlineLine(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === 'spoiler') return hidden;
      return 'children' in inline ? inlineLine(inline.children) : inline.text;
    })
    .join('');
}

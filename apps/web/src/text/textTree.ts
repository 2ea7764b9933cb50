/**
 * Text styles as a tree, for display: `**bold**`, `*italic*` and `_italic_`, `~~strike~~`, `` `code` ``, fenced code,
 * `> quote`, lists, `||spoiler||`, with addresses and mentions as leaves. Takes time in proportion to the text, whatever is
 * in it, and loses no character of it but the marks. What is not closed stays as it was written.
 */
import type { MentionView } from '../sotto.ts';
import { linkParts, type SafeLink } from './linkParts.ts';

type InlineStyle = 'bold' | 'italic' | 'strike' | 'spoiler';
export type Inline =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'code'; readonly text: string; readonly at: number }
  | { readonly kind: 'link'; readonly text: string; readonly link: SafeLink; readonly at: number }
  | {
      readonly kind: 'mention';
      readonly text: string;
      readonly account: MentionView['account'];
      readonly at: number;
    }
  | { readonly kind: InlineStyle; readonly children: readonly Inline[]; readonly at: number };
export type Block =
  | { readonly kind: 'paragraph' | 'quote'; readonly children: readonly Inline[]; readonly at: number }
  | { readonly kind: 'codeBlock'; readonly text: string; readonly at: number }
  | {
      readonly kind: 'list';
      /** The first number; null: not numbered. */
      readonly from: number | null;
      readonly items: readonly { readonly children: readonly Inline[]; readonly at: number }[];
      readonly at: number;
    };

interface Line {
  readonly text: string;
  readonly at: number;
}

const fence = /^```[\w+-]{0,20}\s*$/;
const bullet = /^[-•] +(?=\S)/;
const numbered = /^(\d{1,9})[.)] +(?=\S)/;
const quoted = /^> ?/;

/** Nothing in it can be a style: most texts. */
const plain = /^[^*_~`|>\n@:-]*$/;

export function textTree(text: string, mentions: readonly MentionView[] = []): readonly Block[] {
  if (plain.test(text) && mentions.length === 0) {
    return [{ kind: 'paragraph', at: 0, children: [{ kind: 'text', text, at: 0 }] }];
  }
  const lines = linesOf(text);
  const lastFence = lines.findLastIndex((line) => fence.test(line.text));
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; ) {
    const end = blockEnd(lines, index, lastFence);
    blocks.push(blockOf(text, lines.slice(index, end.at), end.kind, mentions));
    index = end.at;
  }
  return blocks;
}

type BlockKind = 'paragraph' | 'quote' | 'codeBlock' | 'bullets' | 'numbers';

function kindOf(line: string): Exclude<BlockKind, 'codeBlock'> {
  if (quoted.test(line)) return 'quote';
  if (bullet.test(line)) return 'bullets';
  return numbered.test(line) ? 'numbers' : 'paragraph';
}

/** Where the block that begins at `start` ends. */
function blockEnd(
  lines: readonly Line[],
  start: number,
  lastFence: number,
): { readonly at: number; readonly kind: BlockKind } {
  if (fence.test(lines[start]!.text) && start < lastFence) {
    let end = start + 1;
    while (!fence.test(lines[end]!.text)) end += 1;
    return { at: end + 1, kind: 'codeBlock' };
  }
  const kind = kindOf(lines[start]!.text);
  let end = start + 1;
  while (end < lines.length) {
    const { text } = lines[end]!;
    if ((fence.test(text) && end < lastFence) || kindOf(text) !== kind) break;
    end += 1;
  }
  return { at: end, kind };
}

function blockOf(
  text: string,
  lines: readonly Line[],
  kind: BlockKind,
  mentions: readonly MentionView[],
): Block {
  const first = lines[0]!;
  const last = lines.at(-1)!;
  const end = last.at + last.text.length;
  const at = first.at;
  switch (kind) {
    case 'codeBlock': {
      const from = lines[1]!.at;
      return { kind, at, text: text.slice(from, Math.max(from, last.at - 1)) };
    }
    case 'paragraph':
      return { kind, at, children: inlines([{ text: text.slice(at, end), at }], mentions) };
    case 'quote': {
      const parts = lines.map((line, index) => {
        const mark = quoted.exec(line.text)![0].length;
        const lineEnd = index < lines.length - 1 ? '\n' : '';
        return { text: line.text.slice(mark) + lineEnd, at: line.at + mark };
      });
      return { kind, at, children: inlines(parts, mentions) };
    }
    case 'bullets':
    case 'numbers': {
      const mark = kind === 'bullets' ? bullet : numbered;
      const items = lines.map((line) => {
        const length = mark.exec(line.text)![0].length;
        const itemAt = line.at + length;
        return { at: itemAt, children: inlines([{ text: line.text.slice(length), at: itemAt }], mentions) };
      });
      const from = kind === 'numbers' ? Number(numbered.exec(first.text)![1]) : null;
      return { kind: 'list', at, from, items };
    }
  }
}

function linesOf(text: string): Line[] {
  let at = 0;
  return text.split('\n').map((line) => {
    const start = at;
    at += line.length + 1;
    return { text: line, at: start };
  });
}

const markStyles = {
  '**': 'bold',
  __: 'bold',
  '*': 'italic',
  _: 'italic',
  '~~': 'strike',
  '||': 'spoiler',
} as const;
type Mark = keyof typeof markStyles;
type Piece =
  | Inline
  | {
      readonly kind: 'mark';
      readonly mark: Mark;
      readonly opens: boolean;
      readonly closes: boolean;
      readonly at: number;
    };

const pieceMarks = /`([^`\n]+)`|\*\*|__|~~|\|\||[*_]/g;
const wordSign = /[\p{L}\p{N}_]/u;
const space = /\s/;

function inlines(lines: readonly Line[], mentions: readonly MentionView[]): readonly Inline[] {
  return paired(lines.flatMap((line) => piecesOf(line, mentions)));
}

/** Leaves, and marks that may open or close a style. */
function piecesOf(line: Line, mentions: readonly MentionView[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  const inside = mentions.filter(
    ({ start, end }) => start >= line.at && end <= line.at + line.text.length && start < end,
  );
  for (const { start, end, account } of inside) {
    const at = start - line.at;
    if (at < from) continue;
    pieces.push(...linked(line.text.slice(from, at), line.at + from, line.text, from));
    pieces.push({ kind: 'mention', text: line.text.slice(at, end - line.at), account, at: start });
    from = end - line.at;
  }
  pieces.push(...linked(line.text.slice(from), line.at + from, line.text, from));
  return pieces;
}

/** `whole` at `offset` is `text`: what stands beside a mark may be outside of it. */
function linked(text: string, at: number, whole: string, offset: number): Piece[] {
  if (text === '') return [];
  return linkParts(text).flatMap((part): Piece[] =>
    part.link === null
      ? marked(part.text, at + part.place, whole, offset + part.place)
      : [{ kind: 'link', text: part.text, link: part.link, at: at + part.place }],
  );
}

function marked(text: string, at: number, whole: string, offset: number): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(pieceMarks)) {
    const start = match.index;
    if (start > from) pieces.push({ kind: 'text', text: text.slice(from, start), at: at + from });
    from = start + match[0].length;
    if (match[1] !== undefined) {
      pieces.push({ kind: 'code', text: match[1], at: at + start });
      continue;
    }
    const mark = match[0] as Mark;
    const before = whole.charAt(offset + start - 1);
    const after = whole.charAt(offset + from);
    // Underscores and single stars are parts of words and sums where they stand within one.
    const inner = mark === '_' || mark === '*' || mark === '__';
    pieces.push({
      kind: 'mark',
      mark,
      at: at + start,
      opens: after !== '' && !space.test(after) && !(inner && wordSign.test(before)),
      closes: before !== '' && !space.test(before) && !(inner && wordSign.test(after)),
    });
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from), at: at + from });
  return pieces;
}

interface Open {
  readonly mark: Mark | null;
  readonly at: number;
  readonly children: Inline[];
}

/** Joins marks in pairs: each style once at a time, what is open inside of a pair that closes is text. */
function paired(pieces: readonly Piece[]): readonly Inline[] {
  const open: Open[] = [{ mark: null, at: 0, children: [] }];
  const letGo = (): void => {
    const { mark, at, children } = open.pop()!;
    const outer = open.at(-1)!.children;
    addText(outer, mark!, at);
    for (const child of children) addTo(outer, child);
  };
  for (const piece of pieces) {
    const current = open.at(-1)!;
    if (piece.kind !== 'mark') {
      addTo(current.children, piece);
      continue;
    }
    const place = piece.closes ? open.findLastIndex(({ mark }) => mark === piece.mark) : -1;
    const isEmpty = place === open.length - 1 && current.children.length === 0;
    if (place > 0 && !isEmpty) {
      while (open.length - 1 > place) letGo();
      const { children, at } = open.pop()!;
      addTo(open.at(-1)!.children, { kind: markStyles[piece.mark], children, at });
    } else if (piece.opens && !open.some(({ mark }) => mark === piece.mark)) {
      open.push({ mark: piece.mark, at: piece.at, children: [] });
    } else {
      addText(current.children, piece.mark, piece.at);
    }
  }
  while (open.length > 1) letGo();
  return open[0]!.children;
}

function addText(children: Inline[], text: string, at: number): void {
  addTo(children, { kind: 'text', text, at });
}

function addTo(children: Inline[], child: Inline): void {
  const last = children.at(-1);
  if (child.kind === 'text' && last?.kind === 'text') {
    children[children.length - 1] = { kind: 'text', text: last.text + child.text, at: last.at };
  } else {
    children.push(child);
  }
}

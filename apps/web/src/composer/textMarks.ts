/** Text styles while writing: marks put around what is selected, or taken away where they are there. */
export type TextStyle = 'bold' | 'italic' | 'strike' | 'code' | 'spoiler';

const styleMarks: Record<TextStyle, string> = {
  bold: '**',
  italic: '_',
  strike: '~~',
  code: '`',
  spoiler: '||',
};

export interface TextChange {
  /** What is replaced, and by what. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What is selected afterwards. */
  readonly selectionStart: number;
  readonly selectionEnd: number;
}

export function toggleStyle(text: string, start: number, end: number, style: TextStyle): TextChange {
  const mark = styleMarks[style];
  // Spaces at the ends are left outside: a style does not begin or end with one.
  const selected = text.slice(start, end);
  const from = start + (selected.length - selected.trimStart().length);
  const to = Math.max(from, end - (selected.length - selected.trimEnd().length));
  const inner = text.slice(from, to);
  const { length } = mark;
  if (text.slice(from - length, from) === mark && text.slice(to, to + length) === mark && from >= length) {
    return {
      start: from - length,
      end: to + length,
      text: inner,
      selectionStart: from - length,
      selectionEnd: to - length,
    };
  }
  if (inner.length >= 2 * length && inner.startsWith(mark) && inner.endsWith(mark)) {
    const bare = inner.slice(length, -length);
    return { start: from, end: to, text: bare, selectionStart: from, selectionEnd: from + bare.length };
  }
  return {
    start: from,
    end: to,
    text: mark + inner + mark,
    selectionStart: from + length,
    selectionEnd: to + length,
  };
}

/** The lines that are selected, as a quote. */
export function quoteLines(text: string, start: number, end: number): TextChange {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const lines = text.slice(from, end).split('\n');
  const isQuoted = lines.every((line) => line.startsWith('> '));
  const changed = lines.map((line) => (isQuoted ? line.slice(2) : `> ${line}`)).join('\n');
  return { start: from, end, text: changed, selectionStart: from, selectionEnd: from + changed.length };
}

import type { TextRange } from '../sotto.ts';

export interface SnippetPart {
  readonly text: string;
  readonly found: boolean;
  /** Where it stands, which makes it a key. */
  readonly place: number;
}

const before = 30;
const shownLength = 160;

/** Also where the thread would show the bars as they are (in code, say): rather too much is hidden than too little. */
const spoiler = /\|\|(.+?)\|\|/gs;

/** The part of a found text around what was found first, on one line. What is hidden in the text stays hidden. */
export function snippet(shownText: string, found: readonly TextRange[]): SnippetPart[] {
  const hidden: TextRange[] = [];
  // As long as it was: places stay.
  const text = shownText.replace(spoiler, (whole, inside: string, at: number) => {
    hidden.push({ start: at, end: at + whole.length });
    return `||${'▒'.repeat(inside.length)}||`;
  });
  const ranges = found.filter((one) => !hidden.some(({ start, end }) => one.start < end && start < one.end));
  const first = ranges[0]?.start ?? 0;
  const from = first > before ? wordStart(text, first - before) : 0;
  const to = whole(text, Math.min(text.length, from + shownLength));
  const parts: SnippetPart[] = [];
  const add = (start: number, end: number, found: boolean): void => {
    if (end > start) parts.push({ text: text.slice(start, end).replace(/\s+/g, ' '), found, place: start });
  };
  let at = from;
  for (const range of ranges) {
    if (range.start >= to) break;
    const start = whole(text, range.start);
    const end = whole(text, range.end);
    if (start < at || end <= start) continue;
    add(at, start, false);
    at = Math.min(end, to);
    add(start, at, true);
  }
  add(at, to, false);
  if (from > 0) parts.unshift({ text: '…', found: false, place: -1 });
  return parts;
}

/** The beginning of a word at or after `at`, where there is one near. */
function wordStart(text: string, at: number): number {
  const space = text.slice(at, at + before).search(/\s\S/);
  return space < 0 ? whole(text, at) : at + space + 1;
}

/** Not between the halves of a character. */
function whole(text: string, at: number): number {
  const isInside = at > 0 && at < text.length && /[\uDC00-\uDFFF]/.test(text.charAt(at));
  return isInside ? at - 1 : at;
}

/**
 * Web addresses in a text, so that they can be followed. Only `http` and `https`; everything else stays text, and so
 * does what follows a mark that turns the direction of writing: an address must read as it is.
 */
export interface TextPart {
  readonly text: string;
  readonly address: string | null;
  readonly place: number;
}

const pattern = /\bhttps?:\/\/[^\s<>"'\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+/gi;
/** Marks that belong to the sentence around an address. */
const trailing = /[.,;:!?)\]}»”’]+$/;

export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const candidate = match[0].replace(trailing, '');
    if (!URL.canParse(candidate)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), address: null, place: end });
    parts.push({ text: candidate, address: candidate, place: match.index });
    end = match.index + candidate.length;
  }
  if (end < text.length || parts.length === 0)
    parts.push({ text: text.slice(end), address: null, place: end });
  return parts;
}

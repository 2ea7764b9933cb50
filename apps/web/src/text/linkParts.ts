/**
 * Addresses in a text, so that they can be followed: `http`, `https` and `mailto`; everything else stays text, and so
 * does what follows a mark that turns the direction of writing: an address must read as it is. Where it leads somewhere
 * else than it reads like, that place is told beside it.
 */
export interface TextPart {
  readonly text: string;
  readonly link: SafeLink | null;
  readonly place: number;
}
export interface SafeLink {
  /** As the browser will open it. */
  readonly address: string;
  /** Where it leads, to be shown where the text could be read as another place; else null. */
  readonly leadsTo: string | null;
}

const turning = '\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2066-\\u2069';
const pattern = new RegExp(
  `\\bhttps?://[^\\s<>"'${turning}]+|\\bmailto:[^\\s<>"'${turning}]+|\\b[\\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63})+`,
  'gi',
);
/** Marks that belong to the sentence or the style around an address. */
const sentenceMarks = new Set('.,;:!?)]}»”’*_');
const doubleMarks = ['~~', '||'];
/** Takes no room, or turns what follows. */
const unseen = /\p{Cf}/u;

export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  if (text.includes('://') || text.includes('@') || text.includes('mailto:')) {
    for (const match of text.matchAll(pattern)) {
      const candidate = withoutTrailing(match[0]);
      const link = linkOf(candidate);
      if (link === null) continue;
      if (match.index > end) parts.push({ text: text.slice(end, match.index), link: null, place: end });
      parts.push({ text: candidate, link, place: match.index });
      end = match.index + candidate.length;
    }
  }
  if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), link: null, place: end });
  return parts;
}

/**
 * A bracket that was opened in the address belongs to it. Read from the end, once: a pattern would try again from each of
 * the marks, and whoever sends many would stop the page.
 */
function withoutTrailing(address: string): string {
  let end = address.length;
  for (;;) {
    if (sentenceMarks.has(address.charAt(end - 1))) end -= 1;
    else if (doubleMarks.some((mark) => address.endsWith(mark, end))) end -= 2;
    else break;
  }
  const stripped = address.slice(0, end);
  const rest = address.slice(stripped.length);
  return rest.startsWith(')') && stripped.includes('(') && !stripped.includes(')')
    ? `${stripped})`
    : stripped;
}

/** What `text` leads to; null where it is no address that may be followed. */
export function linkOf(text: string): SafeLink | null {
  if (!text.includes('://')) {
    const address = text.replace(/^mailto:/i, '').split('?')[0] ?? '';
    return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(address)
      ? { address: `mailto:${address}`, leadsTo: null }
      : null;
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return null;
  return { address: url.href, leadsTo: isHonest(text, url) ? null : url.host };
}

/** The place that one reads is the place it leads to. */
function isHonest(text: string, url: URL): boolean {
  if (url.username !== '' || url.password !== '' || /\\/.test(text) || unseen.test(text)) return false;
  const read = /^https?:\/\/([^/?#\\]*)/i.exec(text)?.[1]?.toLowerCase() ?? '';
  const isSame = read === url.host || read === `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
  return isSame && !/(?:^|\.)xn--/.test(url.hostname);
}

/**
 * What a file is, by its first bytes (spec/attachments.md, "Names and types"). Invariant: only types that cannot script are
 * ever named, and never by the sender's word alone: what is not known is `application/octet-stream`.
 */

export const unknownMediaType = 'application/octet-stream';
/** So many of a file's first bytes are looked at. */
export const sniffedSizeBytes = 64;

/** Types that a page may show in their place. SVG, HTML, XML and PDF are not among them: they can script. */
const shownTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'audio/mpeg',
  'audio/mp4',
  'audio/ogg',
  'audio/webm',
  'audio/wav',
  'audio/flac',
  'audio/aac',
] as const;
export type ShownMediaType = (typeof shownTypes)[number];

/** A sender's word for a type, as far as it may be shown: without parameters, and only from the list. */
export function claimedMediaType(claimed: string): string {
  const bare = claimed.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (shownTypes as readonly string[]).includes(bare) ? bare : unknownMediaType;
}

/**
 * The type by the first bytes, in favour of `claimed` where they allow it (a container may hold sound alone or pictures).
 * `application/octet-stream` where they are none of the list.
 */
export function sniffMediaType(first: Uint8Array, claimed: string): string {
  const possible = possibleTypes(first);
  const said = claimedMediaType(claimed);
  return possible.find((type) => type === said) ?? possible[0] ?? unknownMediaType;
}

function possibleTypes(first: Uint8Array): readonly ShownMediaType[] {
  const at = (offset: number, text: string): boolean =>
    text.length + offset <= first.length &&
    [...text].every((character, index) => first[offset + index] === character.charCodeAt(0));
  if (at(0, '\xff\xd8\xff')) return ['image/jpeg'];
  if (at(0, '\x89PNG\r\n\x1a\n')) return ['image/png'];
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return ['image/gif'];
  if (at(0, 'RIFF') && at(8, 'WEBP')) return ['image/webp'];
  if (at(0, 'RIFF') && at(8, 'WAVE')) return ['audio/wav'];
  if (at(0, '\x1aE\xdf\xa3')) return ['video/webm', 'audio/webm'];
  if (at(0, 'OggS')) return ['audio/ogg'];
  if (at(0, 'fLaC')) return ['audio/flac'];
  if (at(0, 'ID3')) return ['audio/mpeg'];
  if (at(4, 'ftypavif') || at(4, 'ftypavis')) return ['image/avif'];
  if (at(4, 'ftypqt')) return ['video/quicktime', 'video/mp4'];
  if (at(4, 'ftypM4A') || at(4, 'ftypM4B')) return ['audio/mp4'];
  if (at(4, 'ftyp')) return ['video/mp4', 'audio/mp4', 'video/quicktime'];
  const [one = 0, two = 0] = first;
  if (one === 0xff && (two & 0xf6) === 0xf0) return ['audio/aac'];
  if (one === 0xff && (two & 0xe0) === 0xe0 && (two & 0x06) !== 0) return ['audio/mpeg'];
  return [];
}

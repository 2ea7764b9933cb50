/** What a file is by its first bytes: types that browsers show or play. Everything else is a file and nothing more. */
import { asciiAt, readImageHeader } from './imageHeader.ts';

/** Null: nothing that is shown or played here, whatever its name or its browser says. */
export function sniffType(bytes: Uint8Array): string | null {
  const image = readImageHeader(bytes);
  if (image !== null) return image.type;
  if (asciiAt(bytes, 4, 'ftyp')) return ftypType(bytes);
  if (bytes[0] === 0x1a && bytes[1] === 0x45 && bytes[2] === 0xdf && bytes[3] === 0xa3) return 'video/webm';
  if (asciiAt(bytes, 0, 'OggS')) return 'audio/ogg';
  if (asciiAt(bytes, 0, 'fLaC')) return 'audio/flac';
  if (asciiAt(bytes, 0, 'RIFF') && asciiAt(bytes, 8, 'WAVE')) return 'audio/wav';
  if (asciiAt(bytes, 0, 'ID3')) return 'audio/mpeg';
  if (bytes[0] === 0xff && (bytes[1]! & 0xe6) === 0xe2) return 'audio/mpeg';
  if (bytes[0] === 0xff && (bytes[1]! & 0xf6) === 0xf0) return 'audio/aac';
  return null;
}

function ftypType(bytes: Uint8Array): string | null {
  if (asciiAt(bytes, 8, 'M4A ') || asciiAt(bytes, 8, 'M4B ')) return 'audio/mp4';
  // HEIC pictures and the like: browsers other than Safari show none of them.
  if (['heic', 'heix', 'hevc', 'mif1', 'msf1', 'avif', 'avis'].some((brand) => asciiAt(bytes, 8, brand))) {
    return null;
  }
  return 'video/mp4';
}

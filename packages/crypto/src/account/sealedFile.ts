/**
 * Sealed files (spec/accounts.md, "Sealed files"): STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over
 * XChaCha20-Poly1305. Chunks cannot be moved, left out or added, and the last one says that it is the last. The
 * key is fresh for each file, so nonces can count from zero.
 */
import { concatBytes, equalBytes, type Provider, wipe } from '@sotto/primitives';
import { type CommittedKey, commitmentSizeBytes, deriveCommittedKey } from '../committedKey.ts';

const formatVersion = 1;
const saltSizeBytes = 32;
const headerSizeBytes = 1 + saltSizeBytes + commitmentSizeBytes;
const tagSizeBytes = 16;
/** Plaintext of every chunk but the last, which has at most as much. */
export const chunkSizeBytes = 64 * 1024;
const nonceSizeBytes = 24;
const counterAt = 19;
const finalFlagAt = 23;
/** Counters are 32 bits. */
const maxChunks = 2 ** 32;
const none = new Uint8Array(0);

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export type OpenedFilePart =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'complete' }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'wrong_key' | 'damaged' };

/** Seals what `source` gives, in pieces of any size, under a 32-byte key. */
export async function* sealFile(
  provider: Provider,
  key: Uint8Array,
  source: Source,
): AsyncGenerator<Uint8Array> {
  const salt = provider.randomBytes(saltSizeBytes);
  const fileKey = deriveFileKey(provider, key, salt);
  try {
    yield concatBytes(Uint8Array.of(formatVersion), salt, fileKey.commitment);
    for await (const { index, bytes, isLast } of inPieces(source, chunkSizeBytes)) {
      yield provider.xchacha20Poly1305.seal(fileKey.key, chunkNonce(index, isLast), none, bytes);
    }
  } finally {
    wipe(fileKey.key);
  }
}

/**
 * Opens a sealed file piece by piece. The chunks are authentic as they come; that none is missing at the end is
 * known only when `complete` has come. After `refused` nothing follows.
 */
export async function* openFile(
  provider: Provider,
  key: Uint8Array,
  source: Source,
): AsyncGenerator<OpenedFilePart> {
  const pieces = new PieceReader(source);
  const header = await pieces.take(headerSizeBytes);
  if (header.length < headerSizeBytes || header[0] !== formatVersion) {
    yield { kind: 'refused', reason: 'malformed' };
    return;
  }
  const fileKey = deriveFileKey(provider, key, header.subarray(1, 1 + saltSizeBytes));
  try {
    if (!equalBytes(fileKey.commitment, header.subarray(1 + saltSizeBytes))) {
      yield { kind: 'refused', reason: 'wrong_key' };
      return;
    }
    for (let index = 0; ; index++) {
      const sealed = await pieces.take(chunkSizeBytes + tagSizeBytes);
      const isLast = await pieces.atEnd();
      const bytes =
        index < maxChunks
          ? provider.xchacha20Poly1305.open(fileKey.key, chunkNonce(index, isLast), none, sealed)
          : null;
      if (bytes === null) {
        yield { kind: 'refused', reason: 'damaged' };
        return;
      }
      yield { kind: 'chunk', bytes };
      if (isLast) break;
    }
    yield { kind: 'complete' };
  } finally {
    wipe(fileKey.key);
  }
}

function deriveFileKey(provider: Provider, key: Uint8Array, salt: Uint8Array): CommittedKey {
  const pseudorandomKey = provider.hkdf.extract(salt, key);
  const fileKey = deriveCommittedKey(provider, pseudorandomKey, 'fileKey', 'fileCommitment', none);
  wipe(pseudorandomKey);
  return fileKey;
}

/** 19 zero bytes, the chunk's number, and whether it is the last. */
function chunkNonce(index: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(nonceSizeBytes);
  new DataView(nonce.buffer).setUint32(counterAt, index);
  nonce[finalFlagAt] = isLast ? 1 : 0;
  return nonce;
}

/** What `source` gives, cut anew into pieces of `sizeBytes`; the last may be shorter, or empty for no input. */
async function* inPieces(source: Source, sizeBytes: number) {
  const pieces = new PieceReader(source);
  for (let index = 0; ; index++) {
    if (index >= maxChunks) throw new RangeError('The file is too large');
    const bytes = await pieces.take(sizeBytes);
    const isLast = await pieces.atEnd();
    yield { index, bytes, isLast };
    if (isLast) return;
  }
}

/** Reads a source by exact sizes. */
class PieceReader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Uint8Array = none;

  constructor(source: Source) {
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async take(sizeBytes: number): Promise<Uint8Array> {
    const piece = new Uint8Array(sizeBytes);
    let filled = 0;
    while (filled < sizeBytes && !(await this.atEnd())) {
      const part = this.#rest.subarray(0, sizeBytes - filled);
      piece.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return piece.subarray(0, filled);
  }

  async atEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return true;
      this.#rest = value;
    }
    return false;
  }
}

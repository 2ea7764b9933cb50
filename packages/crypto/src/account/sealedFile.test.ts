import { concatBytes } from '@sotto/primitives';
import type { DeviceId } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flipBit, provider } from '../testing/account.ts';
import { lockKey } from './lockKey.ts';
import { chunkSizeBytes, openFile, sealFile } from './sealedFile.ts';

const key = lockKey(provider, new Uint8Array(32).fill(3), '00'.repeat(16) as DeviceId);

async function seal(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return concatBytes(...(await Array.fromAsync(sealFile(provider, key, parts))));
}

async function open(sealed: Iterable<Uint8Array>, withKey = key) {
  const parts: Uint8Array[] = [];
  let end = 'nothing';
  for await (const part of openFile(provider, withKey, sealed)) {
    if (part.kind === 'chunk') parts.push(part.bytes);
    else end = part.kind === 'complete' ? 'complete' : part.reason;
  }
  return { end, bytes: concatBytes(...parts) };
}

/** `bytes` cut at multiples of `sizeBytes`. */
function* cut(bytes: Uint8Array, sizeBytes: number) {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

describe('sealed file', () => {
  it('opens to what was sealed, whatever the pieces', async () => {
    const sizes = [0, 1, chunkSizeBytes - 1, chunkSizeBytes, chunkSizeBytes + 1, 3 * chunkSizeBytes];
    for (const size of sizes) {
      const bytes = provider.randomBytes(size);
      const sealed = concatBytes(...(await Array.fromAsync(sealFile(provider, key, cut(bytes, 10_007)))));
      const opened = await open(cut(sealed, 4099));
      expect(opened.end).toBe('complete');
      expect(opened.bytes.toHex() === bytes.toHex()).toBe(true);
    }
  });

  it('tells a wrong key', async () => {
    expect((await open([await seal(Uint8Array.of(1))], flipBit(key, 5))).end).toBe('wrong_key');
    const other = lockKey(provider, new Uint8Array(32).fill(3), '01'.repeat(16) as DeviceId);
    expect((await open([await seal(Uint8Array.of(1))], other)).end).toBe('wrong_key');
  });

  it('never seals alike twice', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect((await seal(bytes)).toHex()).not.toBe((await seal(bytes)).toHex());
  });

  it('refuses truncation, extension, swapped and repeated chunks, and any flipped bit', async () => {
    const sealed = await seal(provider.randomBytes(3 * chunkSizeBytes + 100));
    const sealedChunk = chunkSizeBytes + 16;
    const header = sealed.subarray(0, 65);
    const chunks = [...cut(sealed.subarray(65), sealedChunk)];
    const bad: [Uint8Array[], string][] = [
      [[], 'malformed'],
      [[sealed.subarray(0, 64)], 'malformed'],
      [[Uint8Array.of(2), sealed.subarray(1)], 'malformed'],
      [[header], 'damaged'],
      [[header, ...chunks.slice(0, -1)], 'damaged'],
      [[header, ...chunks.slice(1)], 'damaged'],
      [[header, chunks[1]!, chunks[0]!, chunks[2]!, chunks[3]!], 'damaged'],
      [[header, chunks[0]!, chunks[0]!, ...chunks.slice(1)], 'damaged'],
      [[sealed, Uint8Array.of(0)], 'damaged'],
      [[sealed, chunks[3]!], 'damaged'],
      [[sealed.subarray(0, -1)], 'damaged'],
    ];
    for (const [parts, reason] of bad) expect((await open(parts)).end).toBe(reason);
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
        expect(['malformed', 'wrong_key', 'damaged']).toContain((await open([flipBit(sealed, bit)])).end);
      }),
      { numRuns: 30 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { labelled, labels, u64Bytes } from './labels.ts';

describe('labels', () => {
  it('never begin with one another', () => {
    const texts = Object.values(labels);
    for (const one of texts) {
      for (const other of texts) expect(one !== other && other.startsWith(one)).toBe(false);
    }
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('come before the parts, without anything between', () => {
    const bytes = labelled('message', Uint8Array.of(1), Uint8Array.of(2, 3));
    expect(bytes).toEqual(new Uint8Array([...new TextEncoder().encode('Sotto 1 message'), 1, 2, 3]));
  });

  it('write numbers big-endian', () => {
    expect(u64Bytes(0x0102n)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2));
  });
});

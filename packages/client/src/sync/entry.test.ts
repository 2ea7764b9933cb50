import { create, toBinary } from '@bufbuild/protobuf';
import { EntrySchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampTime, decodeEntry } from './entry.ts';

const id = new Uint8Array(16).fill(3);
const sound = {
  seq: 5n,
  acceptedAtMs: 7n,
  transactionId: id,
  senderAccount: id,
  senderDevice: id,
  epoch: 2n,
};
const encode = (change: object) => toBinary(EntrySchema, create(EntrySchema, { ...sound, ...change }));

describe('an entry from the server', () => {
  it('decodes to numbers and ids', () => {
    expect(decodeEntry(encode({}))).toMatchObject({
      seq: 5,
      acceptedAtMs: 7,
      epoch: 2n,
      transactionId: '03'.repeat(16),
    });
  });

  it.each([
    ['seq 0', { seq: 0n }],
    ['a seq where waiting messages are', { seq: 2n ** 40n }],
    ['an epoch that is no number', { epoch: 2n ** 60n }],
    ['a short transaction id', { transactionId: id.subarray(1) }],
    ['no sender', { senderAccount: new Uint8Array(0) }],
    ['a long device id', { senderDevice: new Uint8Array(17) }],
  ])('is refused with %s', (_what, change) => {
    expect(decodeEntry(encode(change))).toBeNull();
  });

  it('never throws', () => {
    const bytes = encode({});
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (random) => void decodeEntry(random)));
    for (let size = 0; size < bytes.length; size++) decodeEntry(bytes.subarray(0, size));
  });

  it('keeps times that Date can show', () => {
    expect(() => new Date(clampTime(2n ** 64n - 1n)).toISOString()).not.toThrow();
  });
});

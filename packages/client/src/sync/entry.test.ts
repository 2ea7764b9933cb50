import { create, toBinary } from '@bufbuild/protobuf';
import { loadNodeProvider } from '@sotto/primitives/node';
import { EntrySchema, MessageEntrySchema, withPassingMessage } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampTime, decodeEntry } from './entry.ts';

const provider = await loadNodeProvider();

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
    expect(decodeEntry(provider, encode({}))).toMatchObject({
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
    expect(decodeEntry(provider, encode(change))).toBeNull();
  });

  it('that passes is its message, as long as that is the one that it stands for', () => {
    const value = { body: new Uint8Array(40).fill(1), live: new Uint8Array(9).fill(2) };
    const message = toBinary(MessageEntrySchema, create(MessageEntrySchema, value));
    const messageHash = provider.sha256(message);
    const lasting = encode({ kind: { case: 'passing', value: { messageHash } } });
    const decode = (bytes: Uint8Array) => decodeEntry(provider, bytes);
    expect(decode(withPassingMessage(lasting, message))).toMatchObject({
      isPassing: true,
      kind: { case: 'message', value },
    });
    expect(decode(lasting)).toMatchObject({ isPassing: true, kind: { case: 'passing' } });
    expect(decode(withPassingMessage(lasting, message.subarray(1)))).toBeNull();
    expect(decode(encode({ kind: { case: 'message', value } }))).toMatchObject({ isPassing: false });
    expect(decode(withPassingMessage(encode({ kind: { case: 'message', value } }), message))).toBeNull();
    // It is not to be kept by history: what says both is no passing entry.
    const kept = { nonce: new Uint8Array(24), sealed: new Uint8Array(48) };
    const both = toBinary(MessageEntrySchema, create(MessageEntrySchema, { ...value, kept }));
    const standing = encode({ kind: { case: 'passing', value: { messageHash: provider.sha256(both) } } });
    expect(decode(withPassingMessage(standing, both))).toBeNull();
  });

  it('never throws', () => {
    const bytes = encode({});
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (random) => void decodeEntry(provider, random)));
    for (let size = 0; size < bytes.length; size++) decodeEntry(provider, bytes.subarray(0, size));
  });

  it('keeps times that Date can show', () => {
    expect(() => new Date(clampTime(2n ** 64n - 1n)).toISOString()).not.toThrow();
  });
});

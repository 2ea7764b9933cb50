import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntrySchema } from './generated/sotto/v1/log_pb.js';
import { lastingBytes, withPassingMessage } from './passingEntry.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const entry = fc
  .record({ seq: fc.bigInt(1n, 2n ** 48n), transactionId: bytes(16), prevHash: bytes(32), hash: bytes(32) })
  .map(({ hash, ...rest }) =>
    toBinary(
      EntrySchema,
      create(EntrySchema, { ...rest, kind: { case: 'passing', value: { messageHash: hash } } }),
    ),
  );

describe('the bytes of a passing entry', () => {
  it('are the entry with its message, and without it the entry that stays', () => {
    fc.assert(
      fc.property(entry, bytes(20_000), (lasting, message) => {
        const whole = withPassingMessage(lasting, message);
        const read = fromBinary(EntrySchema, whole);
        expect(read.passingMessage).toEqual(message);
        expect({ ...read, passingMessage: new Uint8Array(0) }).toEqual(fromBinary(EntrySchema, lasting));
        expect(lastingBytes(whole)).toEqual(lasting);
        expect(lastingBytes(lasting)).toBe(lasting);
      }),
    );
  });

  it('stay whole where there is something behind the message, or it is cut short', () => {
    fc.assert(
      fc.property(
        entry,
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.nat(),
        (lasting, message, cut) => {
          const whole = withPassingMessage(lasting, message);
          const longer = new Uint8Array([...whole, 0x08, 0x01]);
          expect(lastingBytes(longer)).toBe(longer);
          const short = whole.subarray(0, lasting.length + 1 + (cut % (whole.length - lasting.length - 1)));
          expect(lastingBytes(short)).toBe(short);
        },
      ),
    );
  });

  it('are all of those of an entry that does not pass, also where a message stands behind it', () => {
    const kinds = [
      { case: 'message', value: { body: Uint8Array.of(1), live: Uint8Array.of(2) } },
      { case: 'commit', value: { commit: Uint8Array.of(1) } },
      { case: undefined },
    ] as const;
    for (const kind of kinds) {
      const lasting = toBinary(EntrySchema, create(EntrySchema, { seq: 7n, kind }));
      const whole = withPassingMessage(lasting, Uint8Array.of(1, 2, 3));
      expect(lastingBytes(whole)).toBe(whole);
      // The kind that comes last is the one that counts.
      const passing = { case: 'passing', value: { messageHash: new Uint8Array(32) } } as const;
      const before = toBinary(EntrySchema, create(EntrySchema, { kind: passing }));
      const both = withPassingMessage(new Uint8Array([...before, ...lasting]), Uint8Array.of(1, 2, 3));
      expect(lastingBytes(both).length).toBe(kind.case === undefined ? both.length - 5 : both.length);
    }
  });

  it('are looked for in anything without an error', () => {
    fc.assert(fc.property(bytes(500), (any) => any.length >= lastingBytes(any).length));
  });
});

import { create, toBinary } from '@bufbuild/protobuf';
import { ContentSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent, encodeReceipt, encodeText, withSeen } from './content.ts';

describe('the content of a message', () => {
  it('comes back as it was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 1 }), fc.nat(), (units, at) => {
        const sent = String.fromCharCode(...units).toWellFormed();
        expect(decodeContent(encodeText(at, sent))).toEqual({
          kind: 'text',
          sentAtMs: at,
          text: sent,
          seen: null,
        });
      }),
    );
    expect(decodeContent(encodeReceipt(1, 9, 4))).toEqual({
      kind: 'receipt',
      delivered: 9n,
      read: 4n,
      seen: null,
    });
  });

  it('says what its sender had seen, where that can be a place in a log', () => {
    const hash = new Uint8Array(32).fill(5);
    const said = (seq: number, of = hash) => decodeContent(withSeen(encodeText(1, 'x'), { seq, hash: of }));
    expect(said(7)).toMatchObject({ text: 'x', seen: { seq: 7, hash } });
    expect(said(0)).toMatchObject({ text: 'x', seen: null });
    expect(said(7, new Uint8Array(31))).toMatchObject({ text: 'x', seen: null });
    expect(withSeen(encodeText(1, 'x'), null)).toEqual(encodeText(1, 'x'));
  });

  it('is refused where it is empty, too large, of a later version, or no content', () => {
    expect(decodeContent(encodeText(1, ''))).toEqual({ kind: 'refused', reason: 'malformed' });
    expect(decodeContent(encodeText(1, 'x'.repeat(65_537)))).toEqual({
      kind: 'refused',
      reason: 'too_large',
    });
    const later = Uint8Array.from([...toBinary(ContentSchema, create(ContentSchema, {})), 0xfa, 0x01, 0x00]);
    expect(decodeContent(later)).toEqual({ kind: 'refused', reason: 'unsupported' });
    expect(decodeContent(Uint8Array.from([255]))).toEqual({ kind: 'refused', reason: 'malformed' });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeContent(bytes)));
  });
});

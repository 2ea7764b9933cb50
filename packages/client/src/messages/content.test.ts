import { create, toBinary } from '@bufbuild/protobuf';
import { ContentSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent, encodeReceipt, encodeText, withSeen, withTimer } from './content.ts';

describe('the content of a message', () => {
  it('comes back as it was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 1 }), fc.nat(), (units, at) => {
        const sent = `x${String.fromCharCode(...units).toWellFormed()}`;
        expect(decodeContent(encodeText(at, { text: sent }))).toMatchObject({
          kind: 'text',
          sentAtMs: at,
          text: sent,
          seen: null,
        });
      }),
    );
    expect(decodeContent(encodeReceipt(1, 9, 4))).toEqual({
      kind: 'receipt',
      sentAtMs: 1,
      delivered: 9n,
      read: 4n,
      seen: null,
      timerSeconds: 0,
    });
  });

  it('says what its sender had seen, where that can be a place in a log', () => {
    const hash = new Uint8Array(32).fill(5);
    const said = (seq: number, of = hash) =>
      decodeContent(withSeen(encodeText(1, { text: 'x' }), { seq, hash: of }));
    expect(said(7)).toMatchObject({ text: 'x', seen: { seq: 7, hash } });
    expect(said(0)).toMatchObject({ text: 'x', seen: null });
    expect(said(7, new Uint8Array(31))).toMatchObject({ text: 'x', seen: null });
    expect(withSeen(encodeText(1, { text: 'x' }), null)).toEqual(encodeText(1, { text: 'x' }));
  });

  it('is refused where it is empty, too large, of a later version, or no content', () => {
    expect(decodeContent(encodeText(1, { text: '' }))).toEqual({ kind: 'refused', reason: 'malformed' });
    expect(decodeContent(encodeText(1, { text: 'x'.repeat(65_537) }))).toEqual({
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

describe('the timer of a message', () => {
  const text = encodeText(1, { text: 'soon gone' });
  const timerOf = (seconds: number) => {
    const content = decodeContent(withTimer(text, seconds));
    return content.kind === 'refused' ? content.reason : content.timerSeconds;
  };

  it('is what it was sealed under, and none where it says none', () => {
    for (const seconds of [0, 5, 30, 2_419_200]) expect(timerOf(seconds)).toBe(seconds);
    expect(withTimer(text, 0)).toBe(text);
  });

  it('is never out of range: that is no message', () => {
    for (const seconds of [1, 4, 2_419_201, 2 ** 32 - 1]) expect(timerOf(seconds)).toBe('malformed');
  });
});

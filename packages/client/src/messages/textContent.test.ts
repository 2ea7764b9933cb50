import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type AccountId, type AttachmentSchema, limits, TextSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent, encodeChange, encodeText } from './content.ts';
import { isEmoji } from './emoji.ts';
import { type Mention, soundMentions } from './mentions.ts';
import type { MessageRef } from './messageRef.ts';
import { decodeText } from './textContent.ts';

const accountId = 'a0'.repeat(16) as AccountId;
const at = (start: number, length: number): Mention => ({ start, length, accountId });
const message = { accountId, transactionId: 'b0'.repeat(16) } as MessageRef;

describe('texts', () => {
  it('of 10,000 lines come as they are, larger ones than the limit not at all', () => {
    const lines = 'line\n'.repeat(10_000);
    expect(decodeContent(encodeText(1, { text: lines }))).toMatchObject({ kind: 'text', text: lines });
    const larger = 'é'.repeat(limits.textSizeBytes / 2 + 1);
    expect(decodeContent(encodeText(1, { text: larger }))).toEqual({ kind: 'refused', reason: 'too_large' });
    expect(decodeContent(encodeChange(1, { kind: 'edit', message, text: larger, mentions: [] }))).toEqual({
      kind: 'refused',
      reason: 'too_large',
    });
  });

  it('with zero-width and bidirectional signs keep them; of nothing else they are none', () => {
    const text = '\u202Eabc\u2066\u200Bdef';
    expect(decodeContent(encodeText(1, { text }))).toMatchObject({ text });
    for (const nothing of ['\u200B', '\u202E\u2066', '\u2060\uFEFF \n', '\u3164', '\u{E0001}']) {
      expect(decodeContent(encodeText(1, { text: nothing }))).toEqual({
        kind: 'refused',
        reason: 'malformed',
      });
    }
  });

  it('have previews of addresses that are in them, and of no others', () => {
    const preview = (url: string, text: string) => {
      const value = create(TextSchema, { text, preview: { url, title: 'Title', description: '' } });
      const decoded = decodeText(value, false);
      return typeof decoded === 'string' ? decoded : decoded.preview;
    };
    expect(preview('https://a.example/x', 'See https://a.example/x')).toMatchObject({ title: 'Title' });
    expect(preview('https://b.example/x', 'See https://a.example/x')).toBeNull();
    expect(preview('javascript:alert(1)', 'javascript:alert(1)')).toBeNull();
    expect(preview('https://', 'https://')).toBeNull();
  });

  it('are stickers only where there is nothing else', () => {
    const sticker = { pack: 'harbour', sticker: 'hello', emoji: 'not one' };
    expect(decodeText(create(TextSchema, { sticker }), false)).toMatchObject({
      sticker: { pack: 'harbour', emoji: '' },
    });
    expect(decodeText(create(TextSchema, { sticker, text: 'x' }), false)).toMatchObject({ sticker: null });
    expect(decodeText(create(TextSchema, { sticker: { ...sticker, pack: '' } }), false)).toBe('malformed');
  });

  it('bring the picture of their sticker, where it is a small one, and not to be seen once', () => {
    const picture = { blobId: new Uint8Array(32), key: new Uint8Array(32), sizeBytes: 65_536n };
    const imageOf = (image: MessageInitShape<typeof AttachmentSchema>) => {
      const sticker = { pack: 'a link', sticker: '3', emoji: '⛵', image };
      const decoded = decodeText(create(TextSchema, { sticker }), false);
      return typeof decoded === 'string' ? decoded : decoded.stickerImage;
    };
    expect(imageOf(picture)).toMatchObject({ kind: 'photo', sizeBytes: 65_536 });
    expect(imageOf({ ...picture, sizeBytes: 65_537n })).toBeNull();
    expect(imageOf({ ...picture, views: 1 })).toBeNull();
    expect(imageOf({ ...picture, key: new Uint8Array(31) })).toBeNull();
    expect(imageOf({ ...picture, blobId: new Uint8Array(0) })).toBeNull();
  });
});

describe('mentions', () => {
  it('that lie outside, overlap, or cut a character in two are left out', () => {
    const text = 'hi @anna 👍 @ben';
    expect(soundMentions(text, [at(3, 5)])).toEqual([at(3, 5)]);
    expect(soundMentions(text, [at(-1, 3), at(3, 0), at(3, 100), at(0.5, 2), at(2 ** 32, 1)])).toEqual([]);
    expect(soundMentions(text, [at(3, 5), at(4, 2), at(12, 4)])).toEqual([at(3, 5), at(12, 4)]);
    const half = text.indexOf('👍') + 1;
    expect(soundMentions(text, [at(half, 2), at(3, half - 3)])).toEqual([]);
  });

  it('are always in order, apart, and within the text', () => {
    const mention = fc.record({
      start: fc.integer({ min: -5, max: 50 }),
      length: fc.integer({ min: -5, max: 50 }),
      accountId: fc.constant(accountId),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.array(mention), (text, mentions) => {
        let end = 0;
        for (const { start, length } of soundMentions(text, mentions)) {
          expect(start).toBeGreaterThanOrEqual(end);
          end = start + length;
          expect(text.slice(start, end).isWellFormed()).toBe(text.isWellFormed());
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe('emoji of reactions', () => {
  it('are one emoji each, with their skin tones, families and flags', () => {
    for (const emoji of ['👍', '👍🏽', '❤️', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '1️⃣', '🇨🇭']) expect(isEmoji(emoji)).toBe(true);
    const huge = `👩${'\u200D👩'.repeat(5_000)}`;
    for (const other of ['', 'a', '1', '👍👍', '👍 ', '<b>', huge, '\u200D', '🇨', '👍\u0301']) {
      expect(isEmoji(other)).toBe(false);
      if (other === '') continue;
      const content = encodeChange(1, { kind: 'reaction', message, emoji: other });
      expect(decodeContent(content)).toEqual({ kind: 'refused', reason: 'malformed' });
    }
    expect(decodeContent(encodeChange(1, { kind: 'reaction', message, emoji: '' }))).toMatchObject({
      emoji: '',
    });
  });
});

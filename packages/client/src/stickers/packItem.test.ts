import { create, toBinary } from '@bufbuild/protobuf';
import { OwnItemSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alwaysMuted } from '../api.ts';
import { decodePackItem, encodePackItem, mergePackItems, type PackItem } from './packItem.ts';
import { formatPackLink } from './packLink.ts';

const link = formatPackLink({ key: new Uint8Array(32).fill(1), blobId: 'b2'.repeat(32), sizeBytes: 900 });
const item: fc.Arbitrary<PackItem> = fc.record({
  link: fc.constant(link),
  changedAtMs: fc.constantFrom(0, 1, 2, 1_700_000_000_000, alwaysMuted),
  installed: fc.boolean(),
});

it('comes to the same on every device, in whatever order changes of a pack reach it', () => {
  fc.assert(
    fc.property(item, item, item, (a, b, c) => {
      expect(mergePackItems(a, b)).toEqual(mergePackItems(b, a));
      expect(mergePackItems(mergePackItems(a, b), c)).toEqual(mergePackItems(a, mergePackItems(b, c)));
      expect(mergePackItems(a, a)).toEqual(a);
    }),
  );
});

it('is read as it was written; one that names no pack, or a time that cannot be, is none', () => {
  fc.assert(
    fc.property(item, (one) => {
      expect(decodePackItem(encodePackItem(one))).toEqual(one);
    }),
  );
  const encoded = (value: { link: string; changedAtMs: bigint }) =>
    toBinary(OwnItemSchema, create(OwnItemSchema, { kind: { case: 'stickerPack', value } }));
  expect(decodePackItem(encoded({ link: `${link}A`, changedAtMs: 1n }))).toBeNull();
  expect(decodePackItem(encoded({ link, changedAtMs: BigInt(alwaysMuted) + 1n }))).toBeNull();
  expect(decodePackItem(new Uint8Array(0))).toBeNull();
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      decodePackItem(bytes);
    }),
  );
});

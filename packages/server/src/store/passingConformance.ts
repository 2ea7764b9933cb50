/** Conformance of passing entries (spec/log.md §Passing entries), for any store. */
import { createHash, randomBytes } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import { EntrySchema, lastingBytes, limits, MessageEntrySchema } from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { BlobId } from './blobRecords.ts';
import { adding, commit, conversation, message, nowMs } from './conformanceFixture.ts';
import type { AppendDraft, MemberDeviceId, Store } from './store.ts';

const whole = { afterSeq: 0, throughSeq: 1000, maxEntries: 1000, maxSizeBytes: 1e9 };
const never = Number.MAX_SAFE_INTEGER;

export function describePassingEntries(name: string, open: () => Promise<Store> | Store): void {
  describe(`Passing entries over ${name}`, () => {
    let opened: Store | null = null;
    const openStore = async () => {
      opened = await open();
      return opened;
    };
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    const begin = async () => {
      const store = await openStore();
      const made = await conversation(store);
      const log = { kind: 'conversation', id: made.conversationId } as const;
      const passing = (sender: MemberDeviceId, blobIds: readonly BlobId[] = [], epoch = 1n): AppendDraft => {
        const draft = message(made.conversationId, sender, epoch);
        if (draft.content.kind !== 'message') throw new Error('not a message');
        return { ...draft, content: { ...draft.content, passing: true, blobIds } };
      };
      const read = async (seq: number) => {
        const [entry] = await store.readEntries(log, { ...whole, afterSeq: seq - 1, throughSeq: seq });
        return entry!.bytes;
      };
      const stored = (device: MemberDeviceId, seq: number) =>
        store.acknowledge(device.deviceId, [{ log, seq }]);
      const append = async (draft: AppendDraft) => {
        const receipt = await store.append(draft);
        if (receipt.kind === 'refused') throw new Error(receipt.error.code);
        return receipt.value.seq;
      };
      return { store, ...made, log, passing, read, stored, append };
    };

    it('keeps the content of a passing entry beside its hash until every device has stored it', async () => {
      const { store, ann, bob, passing, read, stored, append } = await begin();
      const draft = passing(ann);
      const seq = await append(draft);
      const bytes = await read(seq);
      const entry = fromBinary(EntrySchema, bytes);
      const { body, live } = fromBinary(MessageEntrySchema, entry.passingMessage);
      expect({ body: body.toHex(), live: live.toHex() }).toEqual(hexOf(draft));
      const messageHash = new Uint8Array(createHash('sha256').update(entry.passingMessage).digest());
      expect(entry.kind).toMatchObject({ case: 'passing', value: { messageHash } });

      expect(await store.letPassingGo(nowMs, 100)).toBe(0);
      await stored(ann, seq);
      expect(await store.letPassingGo(nowMs, 100)).toBe(0);
      expect(await read(seq)).toEqual(bytes);
      await stored(bob, seq);
      expect(await store.letPassingGo(nowMs, 100)).toBe(1);
      expect(await read(seq)).toEqual(new Uint8Array(lastingBytes(bytes)));
      expect(await store.letPassingGo(never, 100)).toBe(0);
      // The same append again is answered, and brings nothing back.
      expect(await store.append(draft)).toMatchObject({ value: { seq } });
      expect(await read(seq)).toEqual(new Uint8Array(lastingBytes(bytes)));
    });

    it('lets content go after its time, whoever has not come for it, and bit by bit', async () => {
      const { store, ann, conversationId, passing, read, append } = await begin();
      const seqs = [await append(passing(ann)), await append(passing(ann)), await append(passing(ann))];
      const kept = await append(message(conversationId, ann, 1n));
      const end = nowMs + limits.passingLifetimeMs;
      expect(await store.letPassingGo(end - 1, 100)).toBe(0);
      expect(await store.letPassingGo(end, 2)).toBe(2);
      expect(await store.letPassingGo(end, 2)).toBe(1);
      for (const seq of seqs) {
        const entry = fromBinary(EntrySchema, await read(seq));
        expect(entry.kind.case).toBe('passing');
        expect(entry.passingMessage).toHaveLength(0);
      }
      expect(fromBinary(EntrySchema, await read(kept)).kind.case).toBe('message');
    });

    it('does not wait for devices that were removed, or came later', async () => {
      const { store, ann, bob, conversationId, passing, stored, append } = await begin();
      const seq = await append(passing(ann));
      await stored(ann, seq);
      await append(commit(conversationId, ann, 1n, { ...adding(), removed: [bob] }));
      expect(await store.letPassingGo(nowMs, 100)).toBe(1);
      const second = await append(passing(ann, [], 2n));
      await append(commit(conversationId, ann, 2n, adding(bob)));
      await stored(ann, second);
      expect(await store.letPassingGo(nowMs, 100)).toBe(1);
    });

    it('chains entries by what stays of them, also once the content is gone', async () => {
      const { store, ann, bob, conversationId, log, passing, read, stored, append } = await begin();
      const seq = await append(passing(ann));
      const hashOf = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
      const lastingHash = hashOf(lastingBytes(await read(seq)));
      const next = await append(passing(bob));
      expect(fromBinary(EntrySchema, await read(next)).prevHash).toEqual(lastingHash);
      await stored(ann, next);
      await stored(bob, next);
      expect(await store.letPassingGo(nowMs, 100)).toBe(2);
      const third = await append(message(conversationId, ann, 1n));
      const entries = await store.readEntries(log, whole);
      const [before, last] = entries.slice(-2);
      expect(last!.seq).toBe(third);
      expect(fromBinary(EntrySchema, last!.bytes).prevHash).toEqual(hashOf(before!.bytes));
    });

    it('holds the blobs of a passing entry until no member account has a use for them', async () => {
      const { store, ann, bob, conversationId, passing, append } = await begin();
      const blobId = await blobOf(store, ann);
      const seq = await append(passing(ann, [blobId]));
      const release = (by: MemberDeviceId, forAccount = true) =>
        store.blobs.release(by, { conversationId, seqs: [seq], forAccount }, nowMs);
      await release(ann);
      await release(ann);
      expect(await store.blobs.claimDeletable(nowMs, 9)).toEqual([]);
      await release(bob);
      expect(await store.blobs.claimDeletable(nowMs, 9)).toEqual([blobId]);
    });

    it('lets nobody release the blobs of a message that is kept for others', async () => {
      const { store, ann, bob, conversationId, append } = await begin();
      const blobId = await blobOf(store, ann);
      const draft = message(conversationId, ann, 1n);
      const kept = { nonce: randomBytes(24), sealed: randomBytes(48) };
      const seq = await append({ ...draft, content: { ...draft.content, kept, blobIds: [blobId] } as never });
      for (const by of [ann, bob]) {
        await store.blobs.release(by, { conversationId, seqs: [seq], forAccount: true }, nowMs);
      }
      expect(await store.blobs.claimDeletable(never, 9)).toEqual([]);
    });

    it('counts an account that never had the message as one without a use for its blobs', async () => {
      const { store, ann, conversationId, passing, stored, append } = await begin();
      const blobId = await blobOf(store, ann);
      const seq = await append(passing(ann, [blobId]));
      await stored(ann, seq);
      const end = nowMs + limits.passingLifetimeMs;
      expect(await store.letPassingGo(end, 9)).toBe(1);
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([]);
      await store.blobs.release(ann, { conversationId, seqs: [seq], forAccount: true }, end);
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([blobId]);
    });
  });
}

async function blobOf(store: Store, by: MemberDeviceId): Promise<BlobId> {
  const uploadId = randomBytes(32).toHex() as never;
  const blobId = randomBytes(32).toHex() as BlobId;
  const upload = {
    uploadId,
    accountId: by.accountId,
    sizeBytes: 1,
    expiresAtMs: never,
    maxOpen: 9,
    quotaBytes: 1e9,
  };
  await store.blobs.beginUpload(upload);
  await store.blobs.uploadVerified(uploadId, blobId);
  await store.blobs.uploadKept(uploadId, nowMs, false);
  return blobId;
}

function hexOf({ content }: AppendDraft) {
  if (content.kind !== 'message') throw new Error('no message');
  return { body: content.body.toHex(), live: content.live.toHex() };
}

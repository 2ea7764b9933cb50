/** What every Store must do about blobs: quotas, holds and what may be deleted (spec/server.md §Blobs). */
import { randomBytes } from 'node:crypto';
import { type ConversationId, limits } from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { BlobId, UploadId } from './blobRecords.ts';
import {
  addAccount,
  adding,
  commit,
  conversation,
  message,
  nowMs,
  randomIdentity,
  refusal,
} from './conformanceFixture.ts';
import type { AppendDraft, MemberDeviceId, Store } from './store.ts';

const quotaBytes = 1000;

export function describeBlobRecords(name: string, open: () => Promise<Store> | Store): void {
  describe(`Records of blobs over ${name}`, () => {
    let opened: Store | null = null;
    const openStore = async () => {
      opened = await open();
      return opened;
    };
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    it('count uploads and blobs against the quota, each once, and give it back', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const bob = await addAccount(store, 'bob');
      const first = await begin(store, ann, 600);
      expect(await store.blobs.beginUpload(draft(ann, 500))).toMatchObject({
        error: { code: 'quota_exceeded', limit: quotaBytes },
      });
      expect(await store.blobs.beginUpload(draft(bob, 500))).toMatchObject({ kind: 'done' });
      const blobId = randomBlob();
      await keep(store, first, blobId);
      expect(await store.blobs.usage(ann.accountId)).toBe(600);
      // The same content again counts as an upload only.
      const again = await begin(store, ann, 400);
      expect(await store.blobs.usage(ann.accountId)).toBe(1000);
      await keep(store, again, blobId);
      expect(await store.blobs.usage(ann.accountId)).toBe(600);
      const dropped = await begin(store, ann, 300);
      await store.blobs.dropUpload(dropped);
      await store.blobs.dropUpload(dropped);
      // One that is done gives nothing back.
      await store.blobs.dropUpload(first);
      expect(await store.blobs.usage(ann.accountId)).toBe(600);
      expect(await store.blobs.claimDeletable(nowMs + limits.unheldBlobLifetimeMs, 9)).toEqual([blobId]);
      expect(await store.blobs.usage(ann.accountId)).toBe(0);
    });

    it('bound the uploads of one account, and end them in time', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const uploadId = await begin(store, ann, 1, 1);
      expect(await store.blobs.beginUpload({ ...draft(ann, 1), maxOpen: 1 })).toMatchObject(
        refusal('too_many'),
      );
      expect(await store.blobs.findUpload(uploadId, nowMs)).toMatchObject({ sizeBytes: 1, blobId: null });
      const later = nowMs + limits.uploadLifetimeMs;
      expect(await store.blobs.findUpload(uploadId, later)).toBeNull();
      expect(await store.blobs.listExpiredUploads(later - 1, 9)).toEqual([]);
      expect(await store.blobs.listExpiredUploads(later, 9)).toEqual([{ uploadId, blobId: null }]);
    });

    it('hold blobs by messages, and give out as deletable only what nothing holds', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await conversation(store);
      const blobId = await blobOf(store, ann);
      const end = nowMs + 100 * limits.passingBlobLifetimeMs;
      const kept = { nonce: randomBytes(24), sealed: randomBytes(48) };
      const first = await send(store, withBlobs(message(conversationId, ann, 1n), [blobId], kept));
      const second = await send(store, withBlobs(message(conversationId, ann, 1n), [blobId], kept));
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([]);
      // Another's word, and other places, change nothing.
      await store.blobs.release(bob, { conversationId, seqs: [first, second], forAccount: false }, nowMs);
      await store.blobs.release(ann, { conversationId, seqs: [first, 999], forAccount: false }, nowMs);
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([]);
      expect(await store.blobs.isNeeded(blobId)).toBe(true);
      await store.blobs.release(ann, { conversationId, seqs: [second, second], forAccount: false }, nowMs);
      expect(await store.blobs.claimDeletable(nowMs, 9)).toEqual([blobId]);
      expect(await store.blobs.isNeeded(blobId)).toBe(false);
      expect(await store.blobs.sizeOf(blobId)).toBeNull();
    });

    it('hold the blobs of a message that is not kept for a time', async () => {
      const store = await openStore();
      const { ann, conversationId } = await conversation(store);
      const blobId = await blobOf(store, ann);
      await send(store, withBlobs(message(conversationId, ann, 1n), [blobId]));
      const end = nowMs + limits.passingBlobLifetimeMs;
      expect(await store.blobs.claimDeletable(end - 1, 9)).toEqual([]);
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([blobId]);
    });

    it('let an account send and open what it uploaded or may read, and nothing else', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await conversation(store);
      const eve = await addAccount(store, 'eve');
      const blobId = await blobOf(store, ann);
      const unknown = randomBlob();
      const asBob = withBlobs(message(conversationId, bob, 1n), [blobId]);
      expect(await store.append(asBob)).toMatchObject(refusal('blob_unknown'));
      expect(
        await store.append(withBlobs(message(conversationId, ann, 1n), [blobId, unknown])),
      ).toMatchObject(refusal('blob_unknown'));
      const opens = async ({ accountId }: MemberDeviceId, id: ConversationId | null = null) => {
        const outcome = await store.blobs.openBlobs(accountId, id, [blobId, unknown]);
        return outcome.kind === 'done' ? [...outcome.value.keys()] : outcome.error.code;
      };
      expect(await opens(ann)).toEqual([blobId]);
      expect(await opens(bob, conversationId)).toEqual([]);
      await send(store, withBlobs(message(conversationId, ann, 1n), [blobId]));
      expect(await opens(bob, conversationId)).toEqual([blobId]);
      expect(await opens(bob)).toEqual([]);
      expect(await opens(eve, conversationId)).toBe('not_a_member');
      // Who may read it may send it on.
      const onward = randomIdentity<ConversationId>();
      await store.createConversation({
        conversationId: onward,
        sender: bob,
        transactionId: randomBytes(16),
        nowMs,
        directAccountIds: [bob.accountId, eve.accountId],
        commit: adding(eve),
      });
      await send(store, withBlobs(message(onward, bob, 1n), [blobId]));
      expect(await opens(eve, onward)).toEqual([blobId]);
      expect(await opens(eve, conversationId)).toBe('not_a_member');
    });

    it('open what is published for everybody, and keep it at the cost of who published it', async () => {
      const store = await openStore();
      const { ann, conversationId } = await conversation(store);
      const eve = await addAccount(store, 'eve');
      const blobId = randomBlob();
      await keep(store, await begin(store, ann, 10), blobId, true);
      const end = nowMs + 100 * limits.passingBlobLifetimeMs;
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([]);
      const opened = await store.blobs.openBlobs(eve.accountId, null, [blobId, randomBlob()]);
      expect(opened).toEqual({ kind: 'done', value: new Map([[blobId, { sizeBytes: 10 }]]) });
      // A message that held it and was deleted changes nothing, nor does an upload that is not published.
      const seq = await send(store, withBlobs(message(conversationId, ann, 1n), [blobId]));
      await store.blobs.release(ann, { conversationId, seqs: [seq], forAccount: false }, nowMs);
      await keep(store, await begin(store, ann, 10), blobId);
      expect(await store.blobs.claimDeletable(end, 9)).toEqual([]);
      expect(await store.blobs.usage(ann.accountId)).toBe(10);
    });

    it('open for an account only what is held where it may read', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const conversationId = randomIdentity<ConversationId>();
      const founding = { sender: ann, transactionId: randomBytes(16), nowMs, directAccountIds: [] };
      await store.createConversation({ ...founding, conversationId, commit: adding() });
      const [before, during, after] = [
        await blobOf(store, ann),
        await blobOf(store, ann),
        await blobOf(store, ann),
      ];
      const late = await addAccount(store, 'late');
      await send(store, withBlobs(message(conversationId, ann, 1n), [before]));
      await store.append(commit(conversationId, ann, 1n, adding(late)));
      await send(store, withBlobs(message(conversationId, ann, 2n), [during]));
      const removal = { ...adding(), removed: [late], accountsRemoved: [late.accountId] };
      await store.append(commit(conversationId, ann, 2n, removal));
      await send(store, withBlobs(message(conversationId, ann, 3n), [after]));
      const outcome = await store.blobs.openBlobs(late.accountId, conversationId, [before, during, after]);
      expect(outcome.kind === 'done' && [...outcome.value.keys()]).toEqual([during]);
    });

    it('keep what an upload is about to become from being deleted', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const uploadId = await begin(store, ann, 10);
      const blobId = randomBlob();
      expect(await store.blobs.isNeeded(blobId)).toBe(false);
      await store.blobs.uploadVerified(uploadId, blobId);
      expect(await store.blobs.isNeeded(blobId)).toBe(true);
      expect(await store.blobs.listUploads()).toEqual([uploadId]);
      await store.blobs.uploadKept(uploadId, nowMs, false);
      await store.blobs.uploadKept(uploadId, nowMs, false);
      expect(await store.blobs.findUpload(uploadId, nowMs)).toMatchObject({ blobId, isDone: true });
      expect(await store.blobs.listUploads()).toEqual([]);
      expect(await store.blobs.totals()).toEqual({ blobs: 1, uploads: 0, usedBytes: 10 });
    });
  });
}

function randomBlob(): BlobId {
  return randomBytes(32).toString('hex') as BlobId;
}

function draft({ accountId }: MemberDeviceId, sizeBytes: number, maxOpen = 99) {
  const uploadId = randomBytes(32).toString('hex') as UploadId;
  return {
    uploadId,
    accountId,
    sizeBytes,
    expiresAtMs: nowMs + limits.uploadLifetimeMs,
    quotaBytes,
    maxOpen,
  };
}

async function begin(store: Store, member: MemberDeviceId, sizeBytes: number, maxOpen = 99) {
  const upload = draft(member, sizeBytes, maxOpen);
  expect(await store.blobs.beginUpload(upload)).toMatchObject({ kind: 'done' });
  return upload.uploadId;
}

async function keep(store: Store, uploadId: UploadId, blobId: BlobId, published = false): Promise<void> {
  await store.blobs.uploadVerified(uploadId, blobId);
  await store.blobs.uploadKept(uploadId, nowMs, published);
}

async function blobOf(store: Store, member: MemberDeviceId): Promise<BlobId> {
  const blobId = randomBlob();
  await keep(store, await begin(store, member, 10), blobId);
  return blobId;
}

function withBlobs(
  append: AppendDraft,
  blobIds: readonly BlobId[],
  kept: { nonce: Uint8Array; sealed: Uint8Array } | null = null,
): AppendDraft {
  if (append.content.kind !== 'message') throw new Error('no message');
  return { ...append, content: { ...append.content, blobIds, kept } };
}

async function send(store: Store, append: AppendDraft): Promise<number> {
  const sent = await store.append(append);
  if (sent.kind === 'refused') throw new Error(sent.error.code);
  return sent.value.seq;
}

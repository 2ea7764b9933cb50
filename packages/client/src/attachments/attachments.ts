/**
 * Files of a device (spec/attachments.md): those that wait to be sent, and those that messages name. What is done is told to
 * who watches the messages, four times a second at most while it grows.
 */
import { type ConversationId, Connection as Methods, type TransactionId } from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type {
  AttachmentFault,
  AttachmentProblem,
  AttachmentRef,
  NewAttachment,
  StorageView,
  TransferView,
} from '../apiMedia.ts';
import {
  type ConversationKey,
  conversationByKey,
  findConversation,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { findMessage, hasExpired } from '../messages/messageTable.ts';
import { type OutboxItem, unseal } from '../outbox/outboxTable.ts';
import type { BlobTransport, Platform, Sql } from '../ports.ts';
import { type AttachmentContent, newAttachment } from './attachmentContent.ts';
import { findAttachment, messagesOfBlob, type StoredAttachment } from './attachmentTable.ts';
import { tellReleases } from './blobRelease.ts';
import { type BlobSource, blobSourceOf } from './blobSource.ts';
import { setFetchLimit } from './blobTable.ts';
import { Incoming } from './incoming.ts';
import type { LocalBlobs } from './localBlobs.ts';
import { Outgoing } from './outgoing.ts';
import { type PublishedBlob, publishBlob } from './publishBlob.ts';
import { findUpload, type Upload } from './uploadTable.ts';
import { endAllViews } from './viewLimit.ts';

const progressMs = 250;
/** Of one `readAttachment`. */
const readSizeBytes = 4 * 1024 * 1024;

/** Tells the views that what is shown of messages is another, though nothing of them is stored anew. */
export type TellMessages = (messages: ReadonlyMap<ConversationId, ReadonlySet<TransactionId>>) => void;

interface Parts {
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly transport: BlobTransport;
}

export class Attachments {
  readonly #device: () => DeviceContext;
  readonly #tell: TellMessages;
  readonly #parts: Parts | null;
  readonly #toTell = new Map<ConversationKey, Set<TransactionId>>();
  readonly #blobsToTell = new Set<string>();
  #stopTelling: (() => void) | null = null;
  #isStopped = false;
  readonly #publishing = new AbortController();

  /** `media` left out: files can be neither sent nor fetched. */
  constructor(
    device: () => DeviceContext,
    media: Platform['media'],
    local: LocalBlobs | null,
    tell: TellMessages,
  ) {
    this.#device = device;
    this.#tell = tell;
    if (media === undefined || local === null) {
      this.#parts = null;
      return;
    }
    const incoming = new Incoming(device, media.blobs, local, (blobId) => this.#toldBlob(blobId));
    const outgoing = new Outgoing(device, media.blobs, local, {
      told: (conversation, messageId) => this.#told(conversation, messageId),
      makeRoom: () => incoming.makeRoom(0),
    });
    this.#parts = { outgoing, incoming, transport: media.blobs };
  }

  /** At the device's start. */
  async start(): Promise<void> {
    const { steps, self } = this.#device();
    await steps.run((step) => step.commit((sql, changes) => endAllViews(sql, changes, self.accountId)));
    await this.#parts?.outgoing.start();
    await this.#parts?.incoming.sweep();
  }

  connected(): void {
    this.#parts?.outgoing.connected();
    this.#parts?.incoming.connected();
    tellReleases(this.#device()).catch(this.#device().caught);
  }

  disconnected(): void {
    this.#parts?.outgoing.disconnected();
  }

  stop(): void {
    this.#isStopped = true;
    this.#publishing.abort();
    this.#stopTelling?.();
    this.#parts?.outgoing.disconnected();
    this.#parts?.incoming.stop();
  }

  /** What a message is to name of new files: each gets a key of its own. */
  create(given: readonly NewAttachment[]): AttachmentContent[] {
    return given.map((one) => newAttachment(this.#device().provider, one));
  }

  /** Stores the files of a new own message, in the transaction that stores the message; `seal` is to follow. */
  insert(
    sql: Sql,
    conversation: ConversationKey,
    messageId: TransactionId,
    contents: readonly AttachmentContent[],
  ): void {
    this.#parts?.outgoing.insert(sql, conversation, messageId, contents);
  }

  /** The same of the picture of a sticker, whose place is `stickerIndex`. */
  insertSticker(
    sql: Sql,
    conversation: ConversationKey,
    messageId: TransactionId,
    content: AttachmentContent,
  ): void {
    this.#parts?.outgoing.insertSticker(sql, conversation, messageId, content);
  }

  /**
   * Seals what the user picked into local files; resolves once that is done, or has failed (which its transfer says). Called
   * again with the same message it takes what is still missing. `sources`: by their places.
   */
  async seal(
    conversation: ConversationKey,
    messageId: TransactionId,
    sources: ReadonlyMap<number, Blob>,
  ): Promise<void> {
    await this.#parts?.outgoing.seal(conversation, messageId, sources);
  }

  /**
   * The server has let go of files of a message that is about to be sent: they are uploaded again, and the message waits for
   * them. False where one of them is not here any more.
   */
  async renew(
    conversation: ConversationKey,
    item: Pick<OutboxItem, 'position' | 'transactionId'>,
  ): Promise<boolean> {
    const outgoing = this.#parts?.outgoing;
    if (outgoing === undefined) return false;
    const isRenewed = await this.#device().steps.run(async (step) => {
      const files = step.read((sql) => outgoing.renewable(sql, conversation, item.transactionId));
      if (files === null) return false;
      await step.commit((sql) => {
        outgoing.renew(sql, files);
        // Sealed anew once they are there: until then it holds nothing up.
        unseal(sql, item.position);
      });
      return true;
    });
    if (isRenewed) outgoing.wake();
    return isRenewed;
  }

  wake(): void {
    this.#parts?.outgoing.wake();
  }

  /** Messages were deleted: files that nothing names any more go, here and (`releaseBlobs`) at the server. */
  sweep(): void {
    this.#parts?.incoming.sweep().catch(this.#device().caught);
    tellReleases(this.#device()).catch(this.#device().caught);
  }

  transferOf(sql: Sql, attachment: StoredAttachment): TransferView {
    const { conversation, messageId, position, content } = attachment;
    const upload = findUpload(sql, conversation, messageId, position);
    if (upload !== null && this.#parts !== null) return this.#parts.outgoing.transferOf(upload);
    if (content.blobId === null) return { kind: 'failed', reason: 'sourceGone' };
    return this.#parts?.incoming.transferOf(sql, content.blobId) ?? { kind: 'remote' };
  }

  async setPaused(ref: AttachmentRef, paused: boolean): Promise<void> {
    const found = this.#find(ref);
    if (found === null || this.#parts === null) return;
    const { outgoing, incoming } = this.#parts;
    if (found.upload !== null) return outgoing.setPaused(found.upload, paused);
    const source = blobSourceOf(found.attachment);
    if (source === null) return;
    if (paused) await incoming.pause(source);
    else void incoming.fetch(source).catch(this.#device().caught);
  }

  /** Of what is not waiting to be sent: ends fetching it. True: its message waits, and is to be discarded. */
  async cancel(ref: AttachmentRef): Promise<boolean> {
    const found = this.#find(ref);
    if (found === null || this.#parts === null) return false;
    if (found.upload !== null) {
      this.#parts.outgoing.discarded([found.upload]);
      return true;
    }
    const source = blobSourceOf(found.attachment);
    if (source !== null) await this.#parts.incoming.cancel(source);
    return false;
  }

  async fetch(ref: AttachmentRef): Promise<Outcome<null, AttachmentProblem>> {
    const found = this.#readable(ref);
    if (found.kind === 'problem') return found;
    const fault = await found.value.incoming.fetch(found.value.source);
    return fault === null ? { kind: 'ok', value: null } : { kind: 'problem', problem: { kind: fault } };
  }

  /** Fetches all of what one file needs; null once it is here. */
  fetchSource(source: BlobSource): Promise<AttachmentFault | null> {
    return this.#parts?.incoming.fetch(source) ?? Promise.resolve('noSpace');
  }

  /** A part of something that is published. */
  readSource(source: BlobSource, start: number, end: number): Promise<Uint8Array | AttachmentFault> {
    return this.#parts?.incoming.read(source, start, end) ?? Promise.resolve('noSpace');
  }

  /** Something small, for whoever is told its key and name. */
  publish(content: Uint8Array): Promise<PublishedBlob | AttachmentFault> {
    const transport = this.#parts?.transport;
    if (transport === undefined) return Promise.resolve('noSpace');
    return publishBlob(this.#device(), transport, content, this.#publishing.signal);
  }

  async read(
    ref: AttachmentRef,
    start: number,
    end: number,
  ): Promise<Outcome<Uint8Array, AttachmentProblem>> {
    if (end < start || end - start > readSizeBytes)
      return { kind: 'problem', problem: { kind: 'malformed' } };
    const found = this.#readable(ref);
    if (found.kind === 'problem') return found;
    const bytes = await found.value.incoming.read(found.value.source, start, end);
    if (typeof bytes === 'string') return { kind: 'problem', problem: { kind: bytes } };
    // Fetching takes its time: meanwhile it may have disappeared, or been closed.
    const now = this.#readable(ref);
    if (now.kind === 'problem') return now;
    return { kind: 'ok', value: bytes };
  }

  async storage(): Promise<StorageView> {
    const { connection, database } = this.#device();
    const here = database.read((sql) => this.#parts?.incoming.usage(sql)) ?? {
      fetchedBytes: 0,
      limitBytes: 0,
    };
    const result = connection.isReady ? await connection.call(Methods.method.readBlobUsage, {}) : null;
    const usage = result?.kind === 'answer' ? result.value : null;
    return {
      ...here,
      serverBytes: usage === null ? null : Number(usage.usedBytes),
      serverQuotaBytes: usage === null ? null : Number(usage.quotaBytes),
    };
  }

  /** Lets go of everything that can be fetched again. */
  async clear(): Promise<void> {
    await this.#parts?.incoming.clear();
  }

  async setLimit(sizeBytes: number): Promise<void> {
    await this.#device().steps.run((step) => step.commit((sql) => setFetchLimit(sql, sizeBytes)));
    await this.#parts?.incoming.makeRoom(sizeBytes);
  }

  /** Null also where its message has disappeared, be it deleted yet or not. */
  #find(ref: AttachmentRef): { attachment: StoredAttachment; upload: Upload | null } | null {
    const { database, serverClock } = this.#device();
    return database.read((sql) => {
      const row = findConversation(sql, ref.conversationId);
      const message = row === null ? null : findMessage(sql, row.key, ref.messageId);
      if (row === null || message === null || hasExpired(message, serverClock.nowMs())) return null;
      const attachment = findAttachment(sql, row.key, ref.messageId, ref.index);
      if (attachment === null) return null;
      return { attachment, upload: findUpload(sql, row.key, ref.messageId, ref.index) };
    });
  }

  #readable(
    ref: AttachmentRef,
  ): Outcome<
    { source: NonNullable<ReturnType<typeof blobSourceOf>>; incoming: Incoming },
    AttachmentProblem
  > {
    const problem = (kind: AttachmentFault | 'unknownMessage' | 'opened') =>
      ({ kind: 'problem', problem: { kind } }) as const;
    const found = this.#find(ref);
    if (found === null) return problem('unknownMessage');
    const { attachment } = found;
    if (attachment.viewState !== null && attachment.viewState !== 'open') return problem('opened');
    const source = blobSourceOf(attachment);
    if (source === null || this.#parts === null) return problem('sourceGone');
    return { kind: 'ok', value: { source, incoming: this.#parts.incoming } };
  }

  #toldBlob(blobId: string): void {
    this.#blobsToTell.add(blobId);
    this.#tellSoon();
  }

  #told(conversation: ConversationKey, messageId: TransactionId): void {
    const present = this.#toTell.get(conversation);
    if (present === undefined) this.#toTell.set(conversation, new Set([messageId]));
    else present.add(messageId);
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#isStopped) return;
    this.#stopTelling ??= this.#device().clock.schedule(progressMs, () => {
      this.#stopTelling = null;
      if (!this.#isStopped) this.#tell(this.#takeChanged());
    });
  }

  #takeChanged(): Map<ConversationId, Set<TransactionId>> {
    const messages = new Map<ConversationId, Set<TransactionId>>();
    const add = (conversationId: ConversationId, ids: Iterable<TransactionId>): void => {
      messages.set(conversationId, new Set([...(messages.get(conversationId) ?? []), ...ids]));
    };
    this.#device().database.read((sql) => {
      for (const [conversation, ids] of this.#toTell) {
        const row = conversationByKey(sql, conversation);
        if (row !== null) add(row.conversationId, ids);
      }
      for (const blobId of this.#blobsToTell) {
        for (const { conversationId, messageId } of messagesOfBlob(sql, blobId))
          add(conversationId, [messageId]);
      }
    });
    this.#toTell.clear();
    this.#blobsToTell.clear();
    return messages;
  }
}

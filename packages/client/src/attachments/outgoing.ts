/**
 * Files of messages that wait to be sent (spec/attachments.md, "Sending"): sealed into local files, then uploaded. A file that is
 * sealed wholly survives everything but the loss of the disk; one that is not is asked for again (`sourceGone`).
 */
import { sealedAttachmentSize } from '@sotto/crypto';
import type { TransactionId } from '@sotto/protocol';
import { type AttachmentFault, stickerIndex, type TransferView } from '../apiMedia.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { type BlobTransport, LocalFileError, type Sql } from '../ports.ts';
import type { AttachmentContent } from './attachmentContent.ts';
import {
  findAttachment,
  insertAttachments,
  insertStickerImage,
  readAttachments,
  readStickerImage,
  updateAttachment,
} from './attachmentTable.ts';
import { findBlob, storeBlob } from './blobTable.ts';
import type { LocalBlobs } from './localBlobs.ts';
import { SourceGone, sealSource } from './sealSource.ts';
import { Uploads } from './uploads.ts';
import {
  deleteFinishedUploads,
  failSealing,
  insertUpload,
  type NewUpload,
  readUploads,
  type Upload,
  updateUpload,
} from './uploadTable.ts';

export interface OutgoingListener {
  told(conversation: ConversationKey, messageId: TransactionId): void;
  /** Makes room on this device; false where there is nothing to remove. */
  makeRoom(): Promise<boolean>;
}

export class Outgoing {
  readonly #device: () => DeviceContext;
  readonly #local: LocalBlobs;
  readonly #listener: OutgoingListener;
  readonly #uploads: Uploads;
  /** What there was no room to seal, to be tried again. */
  readonly #unsealed = new Map<number, Blob>();
  /** What is being sealed, with how much of it is. */
  readonly #sealing = new Map<number, { doneBytes: number }>();

  constructor(
    device: () => DeviceContext,
    transport: BlobTransport,
    local: LocalBlobs,
    listener: OutgoingListener,
  ) {
    this.#device = device;
    this.#local = local;
    this.#listener = listener;
    this.#uploads = new Uploads(device, transport, local, {
      told: ({ conversation, messageId }) => listener.told(conversation, messageId),
    });
  }

  /** At the start, before anything else: what was being sealed is gone with the process that had it. */
  async start(): Promise<void> {
    await this.#device().steps.run((step) =>
      step.commit((sql) => {
        failSealing(sql);
        deleteFinishedUploads(sql);
      }),
    );
  }

  connected(): void {
    this.#uploads.connected();
  }

  disconnected(): void {
    this.#uploads.disconnected();
  }

  /** Stores files of a new message beside it; `seal` is to follow. */
  insert(
    sql: Sql,
    conversation: ConversationKey,
    messageId: TransactionId,
    contents: readonly AttachmentContent[],
  ): void {
    insertAttachments(sql, conversation, messageId, contents);
    for (const [position, content] of contents.entries()) {
      this.#insertUpload(sql, conversation, messageId, position, content);
    }
  }

  insertSticker(
    sql: Sql,
    conversation: ConversationKey,
    messageId: TransactionId,
    content: AttachmentContent,
  ): void {
    insertStickerImage(sql, conversation, messageId, content);
    this.#insertUpload(sql, conversation, messageId, stickerIndex, content);
  }

  #insertUpload(
    sql: Sql,
    conversation: ConversationKey,
    messageId: TransactionId,
    position: number,
    { sizeBytes }: AttachmentContent,
  ): void {
    const sealedSizeBytes = sealedAttachmentSize(sizeBytes);
    const file = this.#local.newName();
    insertUpload(sql, { conversation, messageId, position, state: 'sealing', file, sealedSizeBytes });
  }

  /** Seals those files of a message that are not sealed yet, one after the other; resolves once they are, or failed. */
  async seal(
    conversation: ConversationKey,
    messageId: TransactionId,
    sources: ReadonlyMap<number, Blob>,
  ): Promise<void> {
    const uploads = this.#device().database.read((sql) => readUploads(sql, conversation, messageId));
    for (const upload of uploads) {
      const source = sources.get(upload.position);
      if (source === undefined || upload.state !== 'sealing' || this.#sealing.has(upload.number)) continue;
      this.#sealing.set(upload.number, { doneBytes: 0 });
      try {
        await this.#sealOne(upload, source);
      } finally {
        this.#sealing.delete(upload.number);
        this.#listener.told(conversation, messageId);
      }
    }
    this.#uploads.wake();
  }

  async #sealOne(upload: Upload, source: Blob): Promise<void> {
    const { conversation, messageId, position, file: name } = upload;
    const device = this.#device();
    const content = device.database.read(
      (sql) => findAttachment(sql, conversation, messageId, position)?.content,
    );
    if (content === undefined) return;
    if (content.sizeBytes !== source.size) return this.#fail(upload, 'sourceGone');
    const sealOnce = () =>
      this.#local.use(name, (file) =>
        sealSource(device.provider, source, content.key, file, (doneBytes) => {
          this.#sealing.set(upload.number, { doneBytes });
          this.#listener.told(conversation, messageId);
        }),
      );
    let blobId: string;
    try {
      blobId = await sealOnce().catch(async (error: unknown) => {
        const isFull = error instanceof LocalFileError && error.reason === 'full';
        if (!isFull || !(await this.#listener.makeRoom())) throw error;
        return sealOnce();
      });
    } catch (error) {
      await this.#local.remove(name).catch(() => undefined);
      if (error instanceof SourceGone) return this.#fail(upload, 'sourceGone');
      if (error instanceof LocalFileError) {
        this.#unsealed.set(upload.number, source);
        return this.#fail(upload, 'noSpace');
      }
      throw error;
    }
    const isNamed = await device.steps.run((step) =>
      step.commit((sql) => {
        const attachment = findAttachment(sql, conversation, messageId, position);
        // Discarded meanwhile.
        if (attachment === null) return false;
        updateAttachment(sql, { ...attachment, content: { ...attachment.content, blobId } });
        updateUpload(sql, upload.number, { state: 'staged', fault: null });
        storeBlob(sql, {
          blobId,
          file: name,
          sealedSizeBytes: upload.sealedSizeBytes,
          chunks: null,
          hereBytes: upload.sealedSizeBytes,
          usedAtMs: device.clock.now(),
          wanted: false,
          paused: false,
        });
        return true;
      }),
    );
    if (!isNamed) await this.#local.remove(name);
    this.#uploads.wake();
  }

  async #fail(upload: Upload, fault: AttachmentFault): Promise<void> {
    await this.#device().steps.run((step) =>
      step.commit((sql) => updateUpload(sql, upload.number, { fault })),
    );
  }

  async setPaused(upload: Upload, paused: boolean): Promise<void> {
    const { number, conversation, messageId, position, state } = upload;
    const source = paused ? undefined : this.#unsealed.get(number);
    const canGoOn = state !== 'sealing' || source !== undefined;
    await this.#device().steps.run((step) =>
      step.commit((sql) => {
        // Going on also tries again what failed, but for what is no longer there to be tried.
        updateUpload(sql, number, { paused, ...(paused || !canGoOn ? {} : { fault: null }) });
      }),
    );
    if (paused) this.#uploads.abort(number);
    else this.#uploads.hurry(number);
    if (source !== undefined) {
      this.#unsealed.delete(number);
      this.seal(conversation, messageId, new Map([[position, source]])).catch(this.#device().caught);
    }
    this.#listener.told(conversation, messageId);
  }

  /** The message is no longer to be sent: what runs ends. Its files go with the next sweep. */
  discarded(uploads: readonly Upload[]): void {
    for (const { number } of uploads) {
      this.#unsealed.delete(number);
      this.#uploads.abort(number);
    }
  }

  /** Uploads of all files of a message that is sealed already; null where one of them is not here, or there are none. */
  renewable(sql: Sql, conversation: ConversationKey, messageId: TransactionId): NewUpload[] | null {
    const files: NewUpload[] = [];
    const sticker = readStickerImage(sql, conversation, messageId);
    const stored = [...readAttachments(sql, conversation, messageId), ...(sticker === null ? [] : [sticker])];
    for (const { position, content } of stored) {
      const blob = content.blobId === null ? null : findBlob(sql, content.blobId);
      if (blob === null || blob.chunks !== null) return null;
      const { file, sealedSizeBytes } = blob;
      files.push({ conversation, messageId, position, state: 'staged', file, sealedSizeBytes });
    }
    return files.length === 0 ? null : files;
  }

  renew(sql: Sql, files: readonly NewUpload[]): void {
    for (const file of files) insertUpload(sql, file);
  }

  wake(): void {
    this.#uploads.wake();
  }

  transferOf({ number, state, sealedSizeBytes, paused, fault }: Upload): TransferView {
    const sealing = this.#sealing.get(number);
    if (sealing !== undefined || (state === 'sealing' && fault === null)) {
      const doneBytes = sealing?.doneBytes ?? 0;
      return { kind: 'preparing', doneBytes, totalBytes: sealedSizeBytes, paused: false };
    }
    const reason = fault ?? this.#uploads.faultOf(number);
    if (reason !== null) return { kind: 'failed', reason };
    if (state === 'uploaded') return { kind: 'here' };
    const doneBytes = this.#uploads.doneBytes(number);
    return { kind: 'uploading', doneBytes, totalBytes: sealedSizeBytes, paused };
  }
}

/**
 * Sends sealed files to the server (spec/attachments.md, "Sending"). Invariant: everything begins from what is stored and what
 * the server says it has, so it may end anywhere, and goes on where it ended.
 */
import { limits, Connection as Methods, type WireError } from '@sotto/protocol';
import type { AttachmentFault } from '../apiMedia.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { BlobTransport, UploadAnswer } from '../ports.ts';
import { findAttachment } from './attachmentTable.ts';
import type { LocalBlobs } from './localBlobs.ts';
import { findUploadByNumber, readyUploads, type Upload, updateUpload } from './uploadTable.ts';

const uploadsAtOnce = 2;
/** Parts grow and shrink so that each takes about so long: progress is seen, and little is sent again. */
const partMs = 1_000;
const smallestPart = 256 * 1024;
const firstPart = 1024 * 1024;
const retryDelayMs = 2_000;
const longestRetryMs = 60_000;

type Step =
  | { readonly kind: 'done' }
  /** Look again at what is stored. */
  | { readonly kind: 'again' }
  /** `fault`: what to say meanwhile. */
  | { readonly kind: 'later'; readonly delayMs: number; readonly fault?: AttachmentFault }
  | { readonly kind: 'failed'; readonly fault: AttachmentFault };

export interface UploadListener {
  /** Its progress, or what is stored of it, changed. */
  told(upload: Upload): void;
}

export class Uploads {
  readonly #device: () => DeviceContext;
  readonly #transport: BlobTransport;
  readonly #local: LocalBlobs;
  readonly #listener: UploadListener;
  readonly #running = new Map<number, AbortController>();
  readonly #doneBytes = new Map<number, number>();
  readonly #waiting = new Map<
    number,
    { readonly stop: () => void; readonly fault: AttachmentFault | null }
  >();
  #isConnected = false;

  constructor(
    device: () => DeviceContext,
    transport: BlobTransport,
    local: LocalBlobs,
    listener: UploadListener,
  ) {
    this.#device = device;
    this.#transport = transport;
    this.#local = local;
    this.#listener = listener;
  }

  connected(): void {
    this.#isConnected = true;
    this.wake();
  }

  /** What runs ends; what it sent stays at the server. */
  disconnected(): void {
    this.#isConnected = false;
    for (const { stop } of this.#waiting.values()) stop();
    this.#waiting.clear();
    for (const running of this.#running.values()) running.abort();
  }

  doneBytes(number: number): number {
    return this.#doneBytes.get(number) ?? 0;
  }

  /** Why it waits to be tried again; null where it does not, or there is nothing to say. */
  faultOf(number: number): AttachmentFault | null {
    return this.#waiting.get(number)?.fault ?? null;
  }

  /** What waits to be tried again is tried now. */
  hurry(number: number): void {
    this.#waiting.get(number)?.stop();
    this.#waiting.delete(number);
    this.wake();
  }

  /** Ends it here, where it runs: it was paused or given up. */
  abort(number: number): void {
    this.#running.get(number)?.abort();
  }

  /** Something may be to send. */
  wake(): void {
    if (!this.#isConnected) return;
    for (const upload of this.#device().database.read(readyUploads)) {
      if (this.#running.size >= uploadsAtOnce) return;
      if (this.#running.has(upload.number) || this.#waiting.has(upload.number)) continue;
      void this.#run(upload.number);
    }
  }

  async #run(number: number): Promise<void> {
    const abort = new AbortController();
    this.#running.set(number, abort);
    try {
      for (let tries = 0; !abort.signal.aborted; ) {
        const upload = this.#device().database.read((sql) => findUploadByNumber(sql, number));
        if (upload === null || upload.state !== 'staged' || upload.paused || upload.fault !== null) break;
        const before = this.doneBytes(number);
        const step = await this.#send(upload, abort.signal);
        if (abort.signal.aborted || step.kind === 'done') break;
        if (step.kind === 'failed') {
          await this.#change(upload, { fault: step.fault });
          break;
        }
        tries = this.doneBytes(number) > before ? 1 : tries + 1;
        if (step.kind === 'again' && tries < 4) continue;
        const delayMs = step.kind === 'later' ? step.delayMs : 0;
        const fault = step.kind === 'later' ? (step.fault ?? null) : null;
        this.#wait(
          number,
          Math.max(delayMs, Math.min(retryDelayMs * 2 ** (tries - 1), longestRetryMs)),
          fault,
        );
        this.#listener.told(upload);
        break;
      }
    } catch (error) {
      this.#device().caught(error);
      this.#wait(number, longestRetryMs);
    } finally {
      this.#running.delete(number);
      this.wake();
    }
  }

  #wait(number: number, delayMs: number, fault: AttachmentFault | null = null): void {
    if (!this.#isConnected) return;
    const stop = this.#device().clock.schedule(delayMs, () => {
      this.#waiting.delete(number);
      this.wake();
    });
    this.#waiting.set(number, { stop, fault });
  }

  async #change(upload: Upload, change: Parameters<typeof updateUpload>[2]): Promise<void> {
    const device = this.#device();
    await device.steps.run((step) => step.commit((sql) => updateUpload(sql, upload.number, change)));
    this.#listener.told({ ...upload, ...change });
  }

  async #send(upload: Upload, signal: AbortSignal): Promise<Step> {
    if (upload.ticket === null) return this.#begin(upload);
    const { ticket, sealedSizeBytes: total } = upload;
    const asked = await this.#transport.uploaded(ticket, signal);
    if (asked.kind === 'error' && asked.error.code === 'ticket_refused') {
      // It may be done already, and only the answer was lost.
      return this.#finish(upload);
    }
    if (asked.kind !== 'offset') return this.#afterAnswer(upload, asked);
    return this.#local.use(upload.file, async (file): Promise<Step> => {
      let offset = asked.offset;
      let partSize = firstPart;
      this.#progress(upload, offset);
      // The next part is read while one is sent.
      let next = file.read(offset, Math.min(partSize, total - offset));
      while (offset < total) {
        const part = await next;
        // What was stored is shorter than it was: the disk lost it.
        if (part.length === 0) return { kind: 'failed', fault: 'sourceGone' };
        const end = offset + part.length;
        next = file.read(end, Math.min(partSize, Math.max(total - end, 0)));
        next.catch(() => undefined);
        const startedMs = this.#device().clock.now();
        const answer = await this.#transport.upload(ticket, offset, part, signal);
        if (answer.kind !== 'offset') return this.#afterAnswer(upload, answer);
        // Not where this part ends: the server is asked anew.
        if (answer.offset !== end) return { kind: 'again' };
        offset = end;
        const tookMs = Math.max(this.#device().clock.now() - startedMs, 1);
        partSize = fittingPart(partSize, part.length, tookMs);
        this.#progress(upload, offset);
      }
      return this.#finish(upload);
    });
  }

  async #begin(upload: Upload): Promise<Step> {
    const { connection } = this.#device();
    const result = await connection.call(Methods.method.beginUpload, {
      sizeBytes: BigInt(upload.sealedSizeBytes),
    });
    if (result.kind === 'lost') return { kind: 'later', delayMs: retryDelayMs };
    if (result.kind === 'error') return afterError(result.error);
    await this.#change(upload, { ticket: result.value.ticket });
    return { kind: 'again' };
  }

  async #finish(upload: Upload): Promise<Step> {
    const device = this.#device();
    const { conversation, messageId, position, ticket } = upload;
    const blobId = device.database.read(
      (sql) => findAttachment(sql, conversation, messageId, position)?.content.blobId,
    );
    // Discarded meanwhile.
    if (blobId === undefined || blobId === null || ticket === null) return { kind: 'done' };
    const result = await device.connection.call(Methods.method.finishUpload, {
      ticket,
      blobId: Uint8Array.fromHex(blobId),
    });
    if (result.kind === 'lost') return { kind: 'later', delayMs: retryDelayMs };
    if (result.kind === 'error') {
      switch (result.error.code) {
        case 'upload_unknown':
          await this.#change(upload, { ticket: null });
          return { kind: 'again' };
        case 'upload_incomplete':
          return { kind: 'again' };
        case 'blob_mismatch':
          // What the disk gave is not what was sealed, or the server lost some of it: only the user can say again.
          await this.#change(upload, { ticket: null });
          return { kind: 'failed', fault: 'damaged' };
        default:
          return afterError(result.error);
      }
    }
    await this.#change(upload, { state: 'uploaded', ticket: null });
    device.wake(conversation);
    return { kind: 'done' };
  }

  async #afterAnswer(upload: Upload, answer: Exclude<UploadAnswer, { kind: 'offset' }>): Promise<Step> {
    if (answer.kind === 'unreachable') return { kind: 'later', delayMs: retryDelayMs };
    if (answer.error.code === 'ticket_refused' || answer.error.code === 'upload_unknown') {
      await this.#change(upload, { ticket: null });
      this.#doneBytes.delete(upload.number);
      return { kind: 'again' };
    }
    if (answer.error.code === 'wrong_offset') return { kind: 'again' };
    return afterError(answer.error);
  }

  #progress(upload: Upload, doneBytes: number): void {
    this.#doneBytes.set(upload.number, doneBytes);
    this.#listener.told(upload);
  }
}

function fittingPart(present: number, sentBytes: number, tookMs: number): number {
  const fitting = (sentBytes * partMs) / tookMs;
  return Math.round(
    Math.min(Math.max(fitting, smallestPart, present / 2), present * 2, limits.blobPartSizeBytes),
  );
}

function afterError(error: WireError): Step {
  switch (error.code) {
    case 'quota_exceeded':
      return { kind: 'failed', fault: 'quotaFull' };
    case 'too_large':
    case 'malformed':
      return { kind: 'failed', fault: 'tooLarge' };
    case 'unavailable':
      return { kind: 'later', delayMs: error.retryAfterMs ?? 0, fault: 'unavailable' };
    default:
      return { kind: 'later', delayMs: error.retryAfterMs ?? 0 };
  }
}

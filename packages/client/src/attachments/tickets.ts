/** What the server gives to download a blob: for ten minutes, so it is kept and used again (spec/server.md, "Blobs"). */
import { idToBytes, limits, Connection as Methods } from '@sotto/protocol';
import type { AttachmentFault } from '../apiMedia.ts';
import { conversationByKey } from '../conversations/conversationTable.ts';
import { type Deadline, startDeadline, timeLeftMs } from '../device/deadline.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { BlobSource } from './blobSource.ts';

export type Ticket =
  | { readonly kind: 'ticket'; readonly ticket: Uint8Array; readonly sealedSizeBytes: number }
  | { readonly kind: 'fault'; readonly fault: AttachmentFault };

/** A ticket is not used in the last part of its time. */
const usedForMs = limits.downloadTicketLifetimeMs / 2;
const ticketsKept = 1000;

export class Tickets {
  readonly #device: () => DeviceContext;
  readonly #tickets = new Map<string, { readonly until: Deadline; readonly ticket: Promise<Ticket> }>();

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  async get(source: BlobSource): Promise<Ticket> {
    const { clock } = this.#device();
    const id = `${source.conversation} ${source.blobId}`;
    const kept = this.#tickets.get(id);
    if (kept !== undefined && timeLeftMs(clock, kept.until) > 0) return kept.ticket;
    const ticket = this.#ask(source);
    const [oldest] = this.#tickets.keys();
    if (oldest !== undefined && this.#tickets.size >= ticketsKept) this.#tickets.delete(oldest);
    this.#tickets.set(id, { until: startDeadline(clock, usedForMs), ticket });
    if ((await ticket).kind === 'fault') this.#tickets.delete(id);
    return ticket;
  }

  /** The server does not take it (any more). */
  forget(source: BlobSource): void {
    this.#tickets.delete(`${source.conversation} ${source.blobId}`);
  }

  async #ask({ conversation, blobId }: BlobSource): Promise<Ticket> {
    const { connection, database } = this.#device();
    const logId =
      conversation === null
        ? null
        : database.read((sql) => conversationByKey(sql, conversation)?.logId ?? null);
    const result = await connection.call(Methods.method.openBlobs, {
      // Before the conversation is at the server only what this account uploaded can be in it; what is published is in none.
      conversationId: logId === null ? new Uint8Array(0) : idToBytes(logId),
      blobIds: [Uint8Array.fromHex(blobId)],
    });
    if (result.kind === 'lost') return { kind: 'fault', fault: 'offline' };
    if (result.kind === 'error') {
      const isGone = result.error.code === 'unknown_conversation' || result.error.code === 'not_a_member';
      return { kind: 'fault', fault: isGone ? 'gone' : 'offline' };
    }
    const [opened] = result.value.blobs;
    if (opened === undefined || opened.ticket.length === 0) return { kind: 'fault', fault: 'gone' };
    return { kind: 'ticket', ticket: opened.ticket, sealedSizeBytes: Number(opened.sizeBytes) };
  }
}

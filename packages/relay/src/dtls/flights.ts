/**
 * What one side of a DTLS handshake sends and gets, without what it means: records, fragments, and flights that are sent
 * again until they are answered (RFC 6347 §4.2.4).
 */
import { ReplayWindow } from '../srtp/replayWindow.ts';
import { type Alert, alerts, contentTypes } from './dtlsNumbers.ts';
import {
  encodeHandshake,
  fragmentsOf,
  HandshakeAssembler,
  type HandshakeMessage,
} from './handshakeMessages.ts';
import type { RecordKey } from './keySchedule.ts';
import { type DtlsRecord, decodeRecords, encodeRecord, openRecord } from './records.ts';

/** What goes over any network in one piece, with what IPv6, UDP and tunnels add. */
const maxDatagramSizeBytes = 1200;
const maxFragmentSizeBytes = 1100;
/** Media waits for it: sooner than RFC 6347 §4.2.4.1 says, as browsers do. */
const firstRepeatMs = 400;
const maxRepeatMs = 3200;
/** A peer that repeats itself makes us do so, but no more often. */
const repeatNoSoonerMs = 100;

interface FlightPart {
  readonly type: number;
  readonly epoch: 0 | 1;
  readonly content: Buffer;
}

/** What came, in order. */
export type Incoming =
  | { readonly kind: 'message'; readonly message: HandshakeMessage; readonly isSealed: boolean }
  /** Sealed, so it is the peer's. */
  | { readonly kind: 'alert'; readonly description: number };

export class DtlsFlights {
  readonly #send: (datagram: Buffer) => void;
  readonly #assembler = new HandshakeAssembler();
  readonly #received = new ReplayWindow();
  readonly #nextSequence = [0, 0];
  #keys: { readonly read: RecordKey; readonly write: RecordKey } | null = null;
  #nextNumber = 0;
  #flight: readonly FlightPart[] = [];
  #repeatMs = firstRepeatMs;
  /** When it is sent again; infinite: only when the peer repeats itself. */
  #repeatAtMs = Number.POSITIVE_INFINITY;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(send: (datagram: Buffer) => void) {
    this.#send = send;
  }

  setKeys(keys: { readonly read: RecordKey; readonly write: RecordKey }): void {
    this.#keys = keys;
  }

  /** A message of our next flight, whole; its number is taken. */
  message(type: number, body: Uint8Array): Buffer {
    return encodeHandshake(type, this.#nextNumber++, body);
  }

  /**
   * Sends messages, and after them, where there is one, ChangeCipherSpec and Finished. Where an answer is due, they are
   * sent again until `settle`, or the next flight.
   */
  sendFlight(
    messages: readonly Buffer[],
    { finished, nowMs, isAnswered }: { finished?: Buffer; nowMs: number; isAnswered: boolean },
  ): void {
    const plain = messages.flatMap((whole) => fragmentsOf(whole, maxFragmentSizeBytes));
    this.#flight = plain.map((content) => ({ type: contentTypes.handshake, epoch: 0, content }));
    if (finished !== undefined)
      this.#flight = [
        ...this.#flight,
        { type: contentTypes.changeCipherSpec, epoch: 0, content: Buffer.of(1) },
        { type: contentTypes.handshake, epoch: 1, content: finished },
      ];
    this.#repeatMs = firstRepeatMs;
    this.#repeatAtMs = isAnswered ? nowMs + firstRepeatMs : Number.POSITIVE_INFINITY;
    this.#sendFlight(nowMs);
  }

  /** The handshake is done: of the peer only repetitions count, which the last flight answers. */
  end(): void {
    this.#assembler.end();
  }

  /** The last flight was answered. */
  settle(): void {
    this.#repeatAtMs = Number.POSITIVE_INFINITY;
  }

  /** Sends again what was not answered in time; to be called some ten times a second. */
  tick(nowMs: number): void {
    if (nowMs < this.#repeatAtMs) return;
    this.#repeatMs = Math.min(this.#repeatMs * 2, maxRepeatMs);
    this.#repeatAtMs = nowMs + this.#repeatMs;
    this.#sendFlight(nowMs);
  }

  /** Hands on what a datagram completes. False: something in it is malformed or not authentic, and was passed over. */
  receive(datagram: Buffer, nowMs: number, handOn: (incoming: Incoming) => void): boolean {
    const records = decodeRecords(datagram);
    let isSound = records.length > 0;
    for (const record of records) if (!this.#receiveRecord(record, nowMs, handOn)) isSound = false;
    return isSound;
  }

  sendAlert(description: Alert): void {
    const level = description === alerts.closeNotify ? 1 : 2;
    const epoch = this.#keys === null ? 0 : 1;
    this.#send(this.#encode({ type: contentTypes.alert, epoch, content: Buffer.of(level, description) }));
  }

  #receiveRecord(record: DtlsRecord, nowMs: number, handOn: (incoming: Incoming) => void): boolean {
    const content = this.#open(record);
    if (content === null) return false;
    const isSealed = record.epoch === 1;
    if (record.type === contentTypes.alert) {
      // A plain one may be anybody's: who really gave up is not waited for longer than the handshake may take.
      if (isSealed && content.length === 2) handOn({ kind: 'alert', description: content[1]! });
      return true;
    }
    // ChangeCipherSpec says what the epoch says, too.
    if (record.type !== contentTypes.handshake) return record.type === contentTypes.changeCipherSpec;
    const taken = this.#assembler.push(content);
    if (taken === 'repeated') this.#repeat(nowMs, isSealed);
    for (;;) {
      const message = this.#assembler.shift();
      if (message === null) return taken !== null;
      handOn({ kind: 'message', message, isSealed });
    }
  }

  #open(record: DtlsRecord): Buffer | null {
    if (record.epoch === 0) return record.content;
    if (record.epoch !== 1 || this.#keys === null || this.#received.has(record.sequence)) return null;
    const plain = openRecord(record, this.#keys.read);
    if (plain !== null) this.#received.add(record.sequence);
    return plain;
  }

  /** The peer did not get our flight. Once there are keys, only who has them may say so. */
  #repeat(nowMs: number, isSealed: boolean): void {
    if (this.#keys !== null && !isSealed) return;
    if (nowMs - this.#sentAtMs >= repeatNoSoonerMs) this.#sendFlight(nowMs);
  }

  #sendFlight(nowMs: number): void {
    this.#sentAtMs = nowMs;
    let datagram: Buffer[] = [];
    let sizeBytes = 0;
    for (const part of this.#flight) {
      const record = this.#encode(part);
      if (sizeBytes + record.length > maxDatagramSizeBytes && sizeBytes > 0) {
        this.#send(Buffer.concat(datagram));
        datagram = [];
        sizeBytes = 0;
      }
      datagram.push(record);
      sizeBytes += record.length;
    }
    if (sizeBytes > 0) this.#send(Buffer.concat(datagram));
  }

  /** With a number of its own: repeated records are new ones. */
  #encode({ type, epoch, content }: FlightPart): Buffer {
    const sequence = this.#nextSequence[epoch]!;
    this.#nextSequence[epoch] = sequence + 1;
    return encodeRecord({ type, epoch, sequence, content }, epoch === 0 ? null : this.#keys!.write);
  }
}

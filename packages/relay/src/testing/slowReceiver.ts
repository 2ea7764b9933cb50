/**
 * For tests: a page that everything comes to by a slow line, and that does what browsers do about it: receiver reports
 * each second, and requests for what is missing. It says nothing of what it can take (REMB), as Chromium does while its
 * camera was never on.
 */
import { encodeNack, encodeReceiverReport, readRtcp } from '../rtp/rtcp.ts';
import { ReceivedStream } from './load/receivedStream.ts';
import { type LineConditions, SlowLine } from './slowLine.ts';
import { payloadTypes, type TestPage } from './testRooms.ts';

const reportEveryMs = 1000;
const mostAskedFor = 100;

export class SlowReceiver {
  readonly line: SlowLine;
  readonly #page: TestPage;
  readonly #streams = new Map<number, ReceivedStream>();
  /** What RTX brings back is of. */
  readonly #repairs: ReadonlyMap<number, number>;
  readonly #sounds: ReadonlySet<number>;
  #reportAtMs = 0;
  /** Packets of sound that came. */
  sounds = 0;

  constructor(page: TestPage, conditions: LineConditions) {
    this.#page = page;
    this.line = new SlowLine(conditions);
    const lines = [...page.ssrcs.values()];
    this.#repairs = new Map(lines.map(({ ssrc, rtxSsrc }) => [rtxSsrc, ssrc]));
    this.#sounds = new Set(lines.flatMap(({ ssrc, rtxSsrc }) => (rtxSsrc === 0 ? [ssrc] : [])));
    const push = (packet: Buffer) => this.line.push(packet, page.rooms.nowMs);
    page.onRtp = push;
    page.onRtcp = push;
  }

  /** To be called as time passes. */
  step(nowMs: number): void {
    for (const packet of this.line.take(nowMs)) this.#take(packet, nowMs);
    for (const stream of this.#streams.values()) {
      const due = this.#sounds.has(stream.ssrc) ? [] : stream.due(nowMs);
      if (due.length > 0)
        this.#page.sendRtcp(
          encodeNack(
            9,
            stream.ssrc,
            due.slice(0, mostAskedFor).sort((a, b) => a - b),
          ),
        );
    }
    if (nowMs < this.#reportAtMs) return;
    this.#reportAtMs = nowMs + reportEveryMs;
    const blocks = [...this.#streams.values()].map((stream) => stream.report(nowMs));
    this.#page.sendRtcp(encodeReceiverReport(9, blocks));
  }

  #take(packet: Buffer, nowMs: number): void {
    const isReport = packet[1]! >= 200 && packet[1]! < 210;
    if (isReport) {
      readRtcp(packet, {
        senderReport: ({ ssrc, compactNtp }) => this.#stream(ssrc).takeSenderReport(compactNtp, nowMs),
        reportBlock() {},
        nack() {},
        pictureLoss() {},
        remb() {},
      });
      return;
    }
    const ssrc = packet.readUInt32BE(8);
    if (this.#sounds.has(ssrc)) this.sounds += 1;
    this.#stream(ssrc).take(packet.readUInt16BE(2), nowMs);
    const isPadding = (packet[0]! & 0x20) !== 0;
    if ((packet[1]! & 0x7f) !== payloadTypes.vp8Rtx || isPadding) return;
    const at = 12 + ((packet[0]! & 0x10) === 0 ? 0 : 4 + packet.readUInt16BE(14) * 4);
    this.#stream(this.#repairs.get(ssrc)!).take(packet.readUInt16BE(at), nowMs);
  }

  #stream(ssrc: number): ReceivedStream {
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      stream = new ReceivedStream(ssrc);
      this.#streams.set(ssrc, stream);
    }
    return stream;
  }
}

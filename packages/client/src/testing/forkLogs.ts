/** A server of tests that shows one device other logs than it keeps. */
import { createHash } from 'node:crypto';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type Entry,
  EntrySchema,
  type LogKind,
  type LogPageRequest,
  limits,
  ReadLogRequestSchema,
  ReadLogResponseSchema,
  RequestSchema,
  ServerFrameSchema,
  SubscribeResponseSchema,
} from '@sotto/protocol';
import type { TestDevice } from './testWorld.ts';

/** What takes the place of one entry: it itself, none, or several. `shown`: how many were shown before. */
export type Rewrite = (entry: Entry, shown: number) => readonly Entry[];

/** A log as it is shown: numbered and linked anew, so that nothing in it shows what was done. */
class ShownLog {
  readonly #rewrite: Rewrite;
  #keptSeq = 0n;
  #seq = 0n;
  #hash: Uint8Array = new Uint8Array(0);

  constructor(rewrite: Rewrite, before: Entry) {
    this.#rewrite = rewrite;
    this.#keptSeq = before.seq - 1n;
    this.#seq = before.seq - 1n;
    this.#hash = before.prevHash;
  }

  show(entries: readonly Uint8Array[]): Uint8Array[] {
    return entries.flatMap((bytes) => {
      const kept = fromBinary(EntrySchema, bytes);
      if (kept.seq <= this.#keptSeq) return [];
      this.#keptSeq = kept.seq;
      return this.#rewrite(kept, Number(this.#seq)).map((entry) => {
        this.#seq += 1n;
        entry.seq = this.#seq;
        entry.prevHash = this.#hash;
        const shown = toBinary(EntrySchema, entry);
        this.#hash = createHash('sha256').update(shown).digest();
        return shown;
      });
    });
  }
}

/**
 * From now on `device` is shown each log of this kind with its entries as `rewrite` leaves them: what is pushed, and
 * pages read back. `rewrite` does the same to an entry each time, and a log has no more entries than one answer takes.
 * `dropped`: how many entries fewer a log has when it is subscribed to.
 */
export function forkLogs(device: TestDevice, kind: LogKind, rewrite: Rewrite, dropped = 0): void {
  const logs = new Map<string, ShownLog>();
  const reads = new Map<number, LogPageRequest[]>();
  const subscribes = new Set<number>();
  device.toServer = (bytes) => {
    const request = fromBinary(RequestSchema, bytes);
    if (request.method === 'Subscribe') subscribes.add(request.id);
    if (request.method !== 'ReadLog') return [bytes];
    const payload = fromBinary(ReadLogRequestSchema, request.payload);
    reads.set(request.id, fromBinary(ReadLogRequestSchema, request.payload).logs);
    // The whole log is asked for, so that it is known what the page is of the log that is shown.
    for (const one of payload.logs) {
      if (one.log?.kind === kind) Object.assign(one, { beforeSeq: 0n, limit: limits.entriesPerRead });
    }
    request.payload = toBinary(ReadLogRequestSchema, payload);
    return [toBinary(RequestSchema, request)];
  };
  device.toDevice = (bytes) => {
    const frame = fromBinary(ServerFrameSchema, bytes);
    if (frame.kind.case === 'push' && frame.kind.value.kind.case === 'entries') {
      const push = frame.kind.value.kind.value;
      const [first] = push.entries;
      if (push.log?.kind !== kind || first === undefined) return [bytes];
      const name = push.log.id.toHex();
      const log = logs.get(name) ?? new ShownLog(rewrite, fromBinary(EntrySchema, first));
      logs.set(name, log);
      push.entries = log.show(push.entries);
      if (push.entries.length === 0) return [];
    } else if (frame.kind.case === 'response' && frame.kind.value.result.case === 'payload') {
      const { id, result } = frame.kind.value;
      if (subscribes.has(id)) {
        const answer = fromBinary(SubscribeResponseSchema, result.value);
        for (const head of answer.heads) if (head.log?.kind === kind) head.seq -= BigInt(dropped);
        result.value = toBinary(SubscribeResponseSchema, answer);
        return [toBinary(ServerFrameSchema, frame)];
      }
      const asked = reads.get(id);
      if (asked === undefined) return [bytes];
      const answer = fromBinary(ReadLogResponseSchema, result.value);
      answer.pages.forEach((page, index) => {
        const [first] = page.entries;
        const request = asked[index];
        if (request?.log?.kind !== kind || first === undefined) return;
        const shown = new ShownLog(rewrite, fromBinary(EntrySchema, first)).show(page.entries);
        const end = request.beforeSeq === 0n ? shown.length : Number(request.beforeSeq) - 1;
        page.entries = shown.slice(Math.max(0, end - request.limit), end);
        page.headSeq = BigInt(shown.length);
      });
      result.value = toBinary(ReadLogResponseSchema, answer);
    }
    return [toBinary(ServerFrameSchema, frame)];
  };
}

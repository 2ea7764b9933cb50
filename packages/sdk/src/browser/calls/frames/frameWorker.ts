/** The page's end of the frame worker: what it needs to send no track that is not sealed. */
import type { Outcome } from '@sotto/client/api';
import type { FrameCodec } from '@sotto/sframe';
import { Worker } from '../../trustedWorker.ts';
import type {
  FrameCounts,
  FrameKeyResult,
  FrameTransformOptions,
  FromFrameWorker,
  PayloadCodecs,
  ToFrameWorker,
} from './frameMessages.ts';

/**
 * `unsupported`: the browser cannot give encoded frames to a worker, or has no X25519; it cannot call. `notLoaded`: the
 * worker's script did not come, or failed.
 */
export type FrameWorkerProblem = 'unsupported' | 'notLoaded';

const startTimeMs = 20_000;
const answerTimeMs = 20_000;

/**
 * Part of the configuration of every connection that carries calls. Chromium lets frames pass as they are where no transform
 * was set in the very task in which a sender or receiver came to be, and does so whatever is set later. With this, nothing
 * passes before a transform is there.
 */
export const frameConfiguration: RTCConfiguration & { readonly encodedInsertableStreams: true } = {
  encodedInsertableStreams: true,
};

/**
 * One for each join of a call: its key pair, its keys and their counters end with it. All senders and receivers of the join
 * share it, because they share the counter of one key.
 */
export class FrameWorker {
  /** X25519, 32 bytes: for `CallStart.frameKey`. */
  readonly frameKey: Uint8Array;
  /** Resolves where the worker fails: nothing goes through it any more, and its keys are lost. */
  readonly failed: Promise<void>;
  readonly #worker: globalThis.Worker;
  /** What is waited for: transforms by id, answers by request, which are numbered together. */
  readonly #waiting = new Map<
    number,
    { resolve(message: FromFrameWorker): void; reject(error: Error): void }
  >();
  #lastNumber = 0;
  #isClosed = false;

  private constructor(worker: globalThis.Worker, frameKey: Uint8Array) {
    this.#worker = worker;
    this.frameKey = frameKey;
    worker.onmessage = ({ data }: MessageEvent<FromFrameWorker>) => this.#receive(data);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.failed = promise;
    worker.onerror = () => {
      this.close();
      resolve();
    };
  }

  /** Whether this browser has what it takes, as far as that can be told at once. */
  static get isSupported(): boolean {
    return 'RTCRtpScriptTransform' in globalThis;
  }

  /** Resolves once the worker runs and has its key pair. */
  static async start(): Promise<Outcome<FrameWorker, FrameWorkerProblem>> {
    if (!FrameWorker.isSupported) return { kind: 'problem', problem: 'unsupported' };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'sotto-frames',
    });
    const first = await firstMessage(worker);
    if (first?.kind === 'ready' && first.frameKey !== null) {
      return { kind: 'ok', value: new FrameWorker(worker, first.frameKey) };
    }
    worker.terminate();
    return { kind: 'problem', problem: first === null ? 'notLoaded' : 'unsupported' };
  }

  /**
   * Puts the transform in place, for a sender before it has a track, for a receiver before it is negotiated. Resolves once
   * the worker has confirmed that every frame goes through it; rejects where it does not, and then no track may be sent.
   * `codec`: the only one of its line; null where frames are dropped until `tellCodecs`, unless the browser names their codec. The
   * result is the transform's id, as in `counts`.
   */
  async secure(
    target: RTCRtpSender | RTCRtpReceiver,
    kind: 'audio' | 'video',
    codec: FrameCodec | null,
  ): Promise<number> {
    const id = ++this.#lastNumber;
    const direction = target instanceof RTCRtpSender ? 'seals' : 'opens';
    const options: FrameTransformOptions = { id, direction, kind, codec };
    const transform = new RTCRtpScriptTransform(this.#worker, options);
    target.transform = transform;
    await this.#wait(id);
    if (target.transform !== transform) throw new Error('The transform was replaced');
    return id;
  }

  /**
   * Of a receiver in a group call: from now on it opens frames of the participant with this ordinal only, whatever the relay
   * sends there. Null: of anyone, as at first.
   */
  expect(transformId: number, ordinal: number | null): void {
    this.#tell({ kind: 'expect', transformId, ordinal });
  }

  /** Of a line that may have several codecs: what the payload types of this sender or receiver are from now on. */
  tellCodecs(transformId: number, codecs: PayloadCodecs): void {
    this.#tell({ kind: 'codecs', transformId, codecs });
  }

  /** Hands on what came sealed to `frameKey` for the call with this id (16 bytes). */
  async takeKey(callId: Uint8Array, sealed: Uint8Array): Promise<FrameKeyResult> {
    const answer = await this.#ask((request) => ({ kind: 'takeKey', request, callId, sealed }));
    return answer.kind === 'key' ? answer.result : 'malformed';
  }

  /** Of all transforms, in the order in which they were put in place. */
  async counts(): Promise<readonly FrameCounts[]> {
    const answer = await this.#ask((request) => ({ kind: 'count', request }));
    return answer.kind === 'counts' ? answer.counts : [];
  }

  /** Keys are gone and no frame passes any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new Error('The frame worker is closed'));
    this.#waiting.clear();
  }

  #tell(message: ToFrameWorker): void {
    if (!this.#isClosed) this.#worker.postMessage(message);
  }

  #ask(message: (request: number) => ToFrameWorker): Promise<FromFrameWorker> {
    const request = ++this.#lastNumber;
    const answered = this.#wait(request);
    this.#worker.postMessage(message(request));
    return answered;
  }

  #wait(number: number): Promise<FromFrameWorker> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('The frame worker is closed'));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(number);
        reject(new Error('The frame worker does not answer'));
      }, answerTimeMs);
      const settle = <Value>(done: (value: Value) => void) => {
        return (value: Value): void => {
          clearTimeout(timer);
          done(value);
        };
      };
      this.#waiting.set(number, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  #receive(message: FromFrameWorker): void {
    if (message.kind === 'ready') return;
    const number = message.kind === 'inPlace' ? message.id : message.request;
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    waiting?.resolve(message);
  }
}

/** Null where the worker fails, or says nothing in time. */
function firstMessage(worker: globalThis.Worker): Promise<FromFrameWorker | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), startTimeMs);
    const settle = (message: FromFrameWorker | null): void => {
      clearTimeout(timer);
      resolve(message);
    };
    worker.onmessage = ({ data }: MessageEvent<FromFrameWorker>) => settle(data);
    worker.onerror = () => settle(null);
  });
}

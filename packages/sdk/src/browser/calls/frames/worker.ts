/**
 * The frame worker: where the frames of a call are sealed and opened, and the only place in a page's reach that has their
 * keys. They come sealed to a key pair that is made here and ends with the worker (spec/calls.md, "Frame keys").
 */

import { decodeFrameKey } from '../../../calls/frameKey.ts';
import { FrameFilter } from './frameFilter.ts';
import { FrameKeyBox } from './frameKeyBox.ts';
import { FrameKeyring } from './frameKeyring.ts';
import type {
  FrameKeyResult,
  FrameTransformOptions,
  FromFrameWorker,
  ToFrameWorker,
} from './frameMessages.ts';

/** What is used of the worker's global scope. */
interface FrameWorkerScope {
  onrtctransform: ((event: { readonly transformer: RTCRtpScriptTransformer }) => void) | null;
  onmessage: ((event: { readonly data: ToFrameWorker }) => void) | null;
  postMessage(message: FromFrameWorker): void;
}

const scope = globalThis as unknown as FrameWorkerScope;
const filters = new Map<number, FrameFilter>();
const keyring = new FrameKeyring((delayMs, task) => {
  setTimeout(task, delayMs);
});

scope.onrtctransform = ({ transformer }) => {
  const options = transformer.options as FrameTransformOptions;
  const wantKeyFrame = async (): Promise<void> => {
    // Absent in some browsers, which then ask by themselves, only later; refused where nothing is sent at the moment.
    try {
      await (options.direction === 'seals'
        ? transformer.generateKeyFrame()
        : transformer.sendKeyFrameRequest());
    } catch {}
  };
  const filter = new FrameFilter(options, keyring, () => void wantKeyFrame());
  filters.set(options.id, filter);
  const stage = new TransformStream({
    async transform(frame, controller) {
      if (await filter.take(frame)) controller.enqueue(frame);
    },
  });
  // It ends with the sender or receiver, by an error or without one.
  transformer.readable
    .pipeThrough(stage)
    .pipeTo(transformer.writable)
    .catch(() => {});
  scope.postMessage({ kind: 'inPlace', id: options.id });
};

const opened = FrameKeyBox.create();
void opened.then((box) => scope.postMessage({ kind: 'ready', frameKey: box?.publicKey ?? null }));

scope.onmessage = async ({ data }) => {
  switch (data.kind) {
    case 'takeKey': {
      const result = await takeKey(data.callId, data.sealed);
      scope.postMessage({ kind: 'key', request: data.request, result });
      break;
    }
    case 'count': {
      const counts = Array.from(filters.values(), (filter) => filter.counts);
      scope.postMessage({ kind: 'counts', request: data.request, counts });
      break;
    }
    case 'expect':
      filters.get(data.transformId)?.expect(data.ordinal);
      break;
    case 'codecs':
      filters.get(data.transformId)?.tellCodecs(data.codecs);
      break;
  }
};

/** In the order in which they came, whatever opening them takes. */
let last: Promise<unknown> = opened;

function takeKey(callId: Uint8Array, sealed: Uint8Array): Promise<FrameKeyResult> {
  const result = last.then(async () => {
    const bytes = await (await opened)?.open(callId, sealed);
    if (bytes === undefined || bytes === null) return 'notSealedToThis';
    const key = decodeFrameKey(bytes);
    bytes.fill(0);
    return key === null ? 'malformed' : keyring.take(key);
  });
  last = result;
  return result;
}

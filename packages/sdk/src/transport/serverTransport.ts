/**
 * The way to the server, the same for Node and the browser but for how a socket is opened: sign-in by HTTP POST to
 * `/api/v1/<Method>`, everything else over the WebSocket `/api/v1/connection` (spec/wire.md). Invariant: nothing
 * longer than the wire's limits reaches the engine, and a connection that is not open in time is closed.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type { Clock, ConnectionEvents, ServerTransport, SignInAnswer } from '@sotto/client';
import { decodeWireError, ErrorSchema, limits } from '@sotto/protocol';
import type { OpenSocket } from './socket.ts';

const mediaType = 'application/x-protobuf';
const requestTimeoutMs = 30_000;
const openTimeoutMs = 15_000;

/** `origin` as in `https://chat.example.org`; `clock` bounds how long opening a connection takes. */
export function createServerTransport(
  origin: string,
  openSocket: OpenSocket,
  clock: Pick<Clock, 'schedule'>,
): ServerTransport {
  return {
    async signIn(method, payload) {
      try {
        const response = await fetch(new URL(`/api/v1/${method}`, origin), {
          method: 'POST',
          headers: { 'content-type': mediaType },
          body: new Uint8Array(payload),
          redirect: 'error',
          cache: 'no-store',
          credentials: 'omit',
          signal: AbortSignal.timeout(requestTimeoutMs),
        });
        return await readAnswer(response);
      } catch {
        // Whatever broke it (no network, a timeout, a body cut off): there is no answer.
        return { kind: 'unreachable' };
      }
    },

    connect(events: ConnectionEvents) {
      let ended = false;
      const end = (): boolean => {
        if (ended) return false;
        ended = true;
        stopTimer();
        return true;
      };
      const stopTimer = clock.schedule(openTimeoutMs, () => {
        socket.close();
        if (end()) events.closed(null);
      });
      const socket = openSocket(new URL('/api/v1/connection', origin).href.replace(/^http/, 'ws'), {
        open() {
          stopTimer();
          if (!ended) events.open();
        },
        frame(bytes) {
          if (!ended) events.frame(bytes);
        },
        closed(code) {
          if (end()) events.closed(code);
        },
      });
      return {
        send(bytes) {
          if (!ended) socket.send(bytes);
        },
        close() {
          if (end()) socket.close();
        },
      };
    },
  };
}

async function readAnswer(response: Response): Promise<SignInAnswer> {
  // What a proxy in between says of itself is no answer of the server.
  if (response.headers.get('content-type')?.split(';')[0]?.trim() !== mediaType) {
    await response.body?.cancel();
    return { kind: 'unreachable' };
  }
  const payload = await readLimited(response);
  if (response.ok) return { kind: 'answer', payload };
  return { kind: 'error', error: decodeWireError(fromBinary(ErrorSchema, payload)) };
}

async function readLimited(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > limits.serverFrameSizeBytes) throw new RangeError('an answer beyond the limit');
    chunks.push(chunk);
  }
  const payload = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    payload.set(chunk, at);
    at += chunk.length;
  }
  return payload;
}

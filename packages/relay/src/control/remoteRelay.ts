/**
 * A relay on another machine, as its server keeps hold of it (spec/callSeats.md §Between server and relay): one control link
 * that is made anew when it breaks. Its rooms go on while it is away for a short while; a relay that refuses
 * connections, stays away, or comes back as another run has lost them.
 */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { bytesOf } from './controlListener.ts';
import { maxControlSizeBytes } from './controlMessage.ts';
import {
  type ControlSeal,
  createOwner,
  createSeal,
  encodeServerProof,
  isRelayProof,
  nonceSizeBytes,
} from './controlSeal.ts';
import { RelayLink } from './relayLink.ts';
import { watchSilence } from './silence.ts';

export interface RemoteRelayOptions {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly secret: string;
  readonly told: (event: RemoteRelayEvent) => void;
}

export type RemoteRelayEvent =
  | { readonly kind: 'connected' }
  /** It has not got the secret, or does not speak as relays do. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'away' };

export interface RemoteRelay {
  readonly link: RelayLink;
  stop(): void;
}

/** How long its rooms may be without the link. Longer than a network needs to come back, shorter than people wait. */
const graceMs = 8_000;
const firstDelayMs = 250;
const maxDelayMs = 5_000;
const openAfterMs = 5_000;
const pingEveryMs = 5_000;
/** It reports each second. What was silent for so long has had as much of `graceMs`. */
const silentAfterSeconds = 4;

export function keepRemoteRelay({ url, secret, told }: RemoteRelayOptions): RemoteRelay {
  const link = new RelayLink(secret);
  const owner = createOwner();
  let socket: WebSocket | null = null;
  let delayMs = firstDelayMs;
  let retry: NodeJS.Timeout | undefined;
  let grace: NodeJS.Timeout | undefined;
  let isStopping = false;

  const connect = () => {
    const opened = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: maxControlSizeBytes + 1024,
      handshakeTimeout: openAfterMs,
    });
    socket = opened;
    let isKnown = false;
    let isRefused = false;
    let isGone = false;
    let wasSilent = false;
    const silence = watchSilence(silentAfterSeconds, () => {
      wasSilent = true;
      opened.terminate();
    });
    const pinging = setInterval(() => {
      if (opened.readyState === WebSocket.OPEN) opened.ping();
    }, pingEveryMs);
    opened.on('error', (error: Error & { code?: string }) => {
      // Nothing listens there: the process is not away, it has ended.
      isGone = error.code === 'ECONNREFUSED';
    });
    const talk = converse(opened, { secret, owner, link }, () => {
      isKnown = true;
      delayMs = firstDelayMs;
      clearTimeout(grace);
      told({ kind: 'connected' });
    });
    opened.on('message', (data) => {
      silence.heard();
      if (talk(bytesOf(data))) return;
      isRefused = true;
      opened.terminate();
    });
    opened.once('close', (code) => {
      silence.stop();
      clearInterval(pinging);
      if (isStopping) return;
      if (isGone) link.down();
      if (isKnown) {
        link.away();
        clearTimeout(grace);
        grace = setTimeout(() => link.down(), wasSilent ? graceMs - silentAfterSeconds * 1000 : graceMs);
      }
      told({ kind: !isKnown && (isRefused || code >= 4000) ? 'refused' : 'away' });
      retry = setTimeout(connect, delayMs);
      delayMs = Math.min(delayMs * 2, maxDelayMs);
    });
  };
  connect();

  return {
    link,
    stop() {
      isStopping = true;
      clearTimeout(retry);
      clearTimeout(grace);
      link.away();
      socket?.terminate();
    },
  };
}

/** Takes what the relay says, in its order; false where it is not the relay, or says what is no message. */
function converse(
  socket: WebSocket,
  { secret, owner, link }: { secret: string; owner: Uint8Array; link: RelayLink },
  known: () => void,
): (bytes: Uint8Array) => boolean {
  let handshake: Parameters<typeof isRelayProof>[1] | null = null;
  let seal: ControlSeal | null = null;
  let instance: string | null = null;
  return (bytes) => {
    if (handshake === null) {
      if (bytes.length !== nonceSizeBytes) return false;
      handshake = { relayNonce: bytes, serverNonce: randomBytes(nonceSizeBytes), owner };
      socket.send(encodeServerProof(secret, handshake));
      return true;
    }
    if (seal === null) {
      if (!isRelayProof(secret, handshake, bytes)) return false;
      seal = createSeal(secret, handshake, 'server');
      return true;
    }
    const frame = seal.open(bytes);
    if (frame === null) return false;
    if (instance !== null) return link.receive(frame);
    instance = Buffer.from(frame).toString('latin1');
    if (!/^[\x21-\x7e]{1,64}$/.test(instance)) return false;
    const sealing = seal;
    known();
    link.up(instance, (message) => socket.send(sealing.seal(message)));
    return true;
  };
}

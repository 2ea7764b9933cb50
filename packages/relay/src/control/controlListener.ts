/** Where servers on other machines reach this relay (spec/callSeats.md §Between server and relay): a WebSocket for each. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { maxControlSizeBytes } from './controlMessage.ts';
import { createSeal, encodeRelayProof, nonceSizeBytes, readServerProof } from './controlSeal.ts';
import type { RelayControls } from './relayControls.ts';

export interface ControlListenerOptions {
  readonly secret: string;
  /** This run of the relay, as its tickets name it. */
  readonly instance: string;
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly controls: Pick<RelayControls, 'attach'>;
}

export interface ControlListener {
  readonly port: number;
  stop(): Promise<void>;
}

/** In which a server has to prove itself. */
const proofAfterMs = 10_000;
/** Connections that have not. */
const maxStrangers = 20;
/** Servers ping more often. */
const silentAfterMs = 20_000;
const refused = 4001;
/** RFC 6455 §7.4.1; and how long the other side has to say so, too. */
const goingAway = 1001;
const closedAfterMs = 500;

/** Listens; rejects with the system's error. */
export async function listenForServers(options: ControlListenerOptions): Promise<ControlListener> {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: maxControlSizeBytes + 1024,
    perMessageDeflate: false,
  });
  // Of the HTTP server, which says so itself.
  sockets.on('error', () => {});
  const strangers = new Set<WebSocket>();
  sockets.on('connection', (socket) => {
    // Who has not proved itself for longest makes room: a server needs no time for it.
    const [oldest] = strangers;
    if (oldest !== undefined && strangers.size >= maxStrangers) {
      strangers.delete(oldest);
      oldest.terminate();
    }
    strangers.add(socket);
    greet(socket, options, () => strangers.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port, options.host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  return {
    port: (http.address() as AddressInfo).port,
    stop: async () => {
      // So that what was said last arrives.
      for (const socket of sockets.clients) socket.close(goingAway);
      const cutting = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, closedAfterMs);
      sockets.close();
      await new Promise<void>((resolve) => http.close(() => resolve()));
      clearTimeout(cutting);
    },
  };
}

function greet(
  socket: WebSocket,
  { secret, instance, controls }: ControlListenerOptions,
  known: () => unknown,
): void {
  const relayNonce = randomBytes(nonceSizeBytes);
  let isStranger = true;
  const knows = () => {
    if (isStranger) known();
    isStranger = false;
  };
  const deadline = setTimeout(() => socket.terminate(), proofAfterMs);
  socket.on('error', () => {});
  socket.once('close', () => {
    clearTimeout(deadline);
    knows();
  });
  socket.once('message', (proof: RawData) => {
    const handshake = readServerProof(secret, relayNonce, bytesOf(proof));
    if (handshake === null) return socket.close(refused, 'not known');
    clearTimeout(deadline);
    knows();
    const seal = createSeal(secret, handshake, 'relay');
    const send = (frame: Uint8Array) => socket.send(seal.seal(frame));
    socket.send(encodeRelayProof(secret, handshake));
    send(Buffer.from(instance, 'latin1'));
    const end = controls.attach(Buffer.from(handshake.owner).toString('hex'), send);
    const silent = setTimeout(() => socket.terminate(), silentAfterMs);
    socket.on('ping', () => {
      silent.refresh();
    });
    socket.on('message', (sealed: RawData) => {
      const frame = seal.open(bytesOf(sealed));
      if (frame === null || !end.receive(frame)) socket.terminate();
    });
    socket.once('close', () => {
      clearTimeout(silent);
      end.away();
    });
  });
  socket.send(relayNonce);
}

export function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/**
 * The WebSocket at /api/v1/connection (RFC 6455): ties each socket to the service. Limits that only a socket has are
 * kept here: frame size, the origin of the page, and pings, by which a dead connection is found.
 */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '@sotto/protocol';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { ConnectedPeer, DeliveryService } from '../deliveryService.ts';
import { isAllowedOrigin } from './allowedOrigin.ts';
import { clientAddress } from './clientAddress.ts';

const connectionPath = '/api/v1/connection';
/** What a socket may send before the device has proven itself: an Authenticate request is far smaller. */
const openingBytes = 64 * 1024;
const pingIntervalMs = 30_000;
/** A close that the other side does not answer. */
const closeGraceMs = 2000;

export interface SocketListener {
  close(): void;
}

export function listenForSockets(
  httpServer: HttpServer,
  service: DeliveryService,
  { origin, trustProxy }: { origin: string | null; trustProxy: boolean },
): SocketListener {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.requestSizeBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const answered = new WeakSet<WebSocket>();
  httpServer.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] !== connectionPath) return refuse(socket, '404 Not Found');
    if (!isAllowedOrigin(request.headers.origin, request.headers.host, origin))
      return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, socket, request));
  });

  function accept(webSocket: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const gather = gatherWrites(socket);
    const host = hostOf(origin ?? `http://${request.headers.host}`);
    const connected = service.connect(
      {
        send(frame) {
          gather();
          webSocket.send(frame, binary);
        },
        close(code, reason) {
          webSocket.close(code, reason);
          setTimeout(() => webSocket.terminate(), closeGraceMs).unref();
        },
        bufferedBytes: () => webSocket.bufferedAmount,
        ...(host !== null && { host }),
      },
      clientAddress(request, trustProxy),
    );
    if (connected === null) webSocket.close(1013, 'too many connections');
    else {
      attach(webSocket, connected);
      limitOpening(webSocket, connected, request.socket);
    }
  }

  function attach(webSocket: WebSocket, connected: ConnectedPeer): void {
    answered.add(webSocket);
    webSocket.on('pong', () => answered.add(webSocket));
    webSocket.on('message', (data, isBinary) =>
      connected.receive(isBinary ? bytesOf(data) : new Uint8Array([0])),
    );
    webSocket.on('close', () => connected.closed());
    // What went wrong is followed by `close`; ws itself answers an oversized frame with 1009.
    webSocket.on('error', () => connected.closed());
  }

  /** Strangers must not make the server hold frames of the size that members may send. */
  function limitOpening(webSocket: WebSocket, connected: ConnectedPeer, socket: Socket): void {
    const count = (): void => {
      if (connected.isAuthenticated) socket.off('data', count);
      else if (socket.bytesRead > openingBytes) webSocket.terminate();
    };
    socket.on('data', count);
  }

  const pings = setInterval(() => {
    for (const webSocket of sockets.clients) {
      if (!answered.delete(webSocket)) webSocket.terminate();
      else webSocket.ping();
    }
  }, pingIntervalMs);
  pings.unref();
  return {
    close() {
      clearInterval(pings);
      sockets.close();
    },
  };
}

function hostOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).hostname : null;
}

const binary = { binary: true };

/** What is written to `socket` from a call until the present work is done leaves in one system call. */
function gatherWrites(socket: Duplex): () => void {
  let isGathering = false;
  const release = () => {
    isGathering = false;
    socket.uncork();
  };
  return () => {
    if (isGathering) return;
    isGathering = true;
    socket.cork();
    process.nextTick(release);
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

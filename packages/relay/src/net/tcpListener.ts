/** TURN (RFC 8656 §3.1) and media (RFC 6544) over TCP for networks without UDP: one client to a connection. */
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { PathUser } from '../media/mediaPath.ts';
import { frameHeaderSizeBytes } from '../srtp/srtpSender.ts';
import type { Allocation } from '../turn/allocation.ts';
import type { RelayCounters } from '../turn/counters.ts';
import type { RelayLimits } from '../turn/relayLimits.ts';
import { ConnectionPlaces } from './connectionPlaces.ts';
import type { NetworkPath, PacketReceiver } from './packetReceiver.ts';
import { StreamSplitter } from './streamSplitter.ts';

/** Media is late beyond this, and dropped. */
const maxBacklogBytes = 512 * 1024;
/** What a message that waits takes beside its bytes: many small ones are a lot of memory, too. */
const waitingSizeBytes = 256;
/** A connection with neither an allocation nor a seat. */
const idleLifetimeMs = 30_000;
const filling = [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(2), Buffer.alloc(1)] as const;

export class TcpListener {
  readonly #server: Server;
  readonly #receiver: PacketReceiver;
  readonly #counters: RelayCounters;
  readonly #paths = new Set<TcpPath>();
  readonly #places: ConnectionPlaces;

  private constructor(
    server: Server,
    receiver: PacketReceiver,
    { counters, limits }: { counters: RelayCounters; limits: RelayLimits },
  ) {
    this.#server = server;
    this.#receiver = receiver;
    this.#counters = counters;
    this.#places = new ConnectionPlaces(limits);
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', () => {});
  }

  /** Listens; rejects with the system's error. */
  static async open(
    address: string,
    port: number,
    receiver: PacketReceiver,
    relay: { counters: RelayCounters; limits: RelayLimits },
  ): Promise<TcpListener> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, ipv6Only: isIPv6(address) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new TcpListener(server, receiver, relay);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): Promise<void> {
    for (const path of [...this.#paths]) path.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends connections that came long ago and are nobody's; to be called every few seconds. */
  sweep(nowMs: number): void {
    for (const path of [...this.#paths]) {
      if (path.allocation !== null || path.seat !== null) path.idleSinceMs = nowMs;
      else if (nowMs - path.idleSinceMs > idleLifetimeMs) path.destroy();
    }
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    const giveBack = remoteAddress === undefined ? null : this.#places.take(remoteAddress);
    if (remoteAddress === undefined || giveBack === null) {
      socket.destroy();
      this.#counters.droppedFlood += 1;
      return;
    }
    const path = new TcpPath(socket, remoteAddress, remotePort ?? 0);
    const splitter = new StreamSplitter();
    this.#paths.add(path);
    this.#counters.tcpConnections = this.#paths.size;
    socket.on('data', (chunk: Buffer) => {
      const receive = (packet: Buffer) => {
        path.isFramed = splitter.isFramed;
        this.#receiver.receive(path, packet);
      };
      if (splitter.push(chunk, receive)) return;
      this.#counters.droppedMalformed += 1;
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#paths.delete(path);
      this.#counters.tcpConnections = this.#paths.size;
      giveBack();
      this.#receiver.disconnected(path);
    });
  }
}

class TcpPath implements NetworkPath {
  readonly address: string;
  readonly port: number;
  readonly isConnection = true;
  allocation: Allocation | null = null;
  seat: PathUser | null = null;
  /** Packets have their size before them (RFC 4571), and do not fill up to four bytes. */
  isFramed = false;
  idleSinceMs = performance.now();
  readonly #socket: Socket;
  #waiting = 0;

  constructor(socket: Socket, address: string, port: number) {
    this.#socket = socket;
    this.address = address;
    this.port = port;
  }

  send(bytes: Buffer, start: number, end: number): boolean {
    const socket = this.#socket;
    const backlogBytes = socket.writableLength + this.#waiting * waitingSizeBytes;
    if (!socket.writable || backlogBytes > maxBacklogBytes) return false;
    const message = this.isFramed ? framed(bytes, start, end) : bytes.subarray(start, end);
    // What has to wait is copied: it would keep all that came in one piece with it.
    const own = socket.writableLength === 0 ? message : Buffer.from(message);
    this.#waiting += 1;
    const fill = this.isFramed ? filling[0] : filling[(end - start) % 4]!;
    if (fill.length > 0) socket.cork();
    socket.write(own, () => {
      this.#waiting -= 1;
    });
    if (fill.length > 0) {
      socket.write(fill);
      socket.uncork();
    }
    return true;
  }

  keep(allocation: Allocation): void {
    this.allocation = allocation;
  }

  /** The connection stays: its client may make another allocation, or is let go. */
  release(): void {
    this.allocation = null;
  }

  keepSeat(seat: PathUser): void {
    this.seat = seat;
  }

  releaseSeat(): void {
    this.seat = null;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** With its size before it: where it lies, if there is room. */
function framed(bytes: Buffer, start: number, end: number): Buffer {
  const frameStart = start - frameHeaderSizeBytes;
  if (frameStart < 0) {
    const frame = Buffer.allocUnsafe(frameHeaderSizeBytes + end - start);
    frame.writeUInt16BE(end - start, 0);
    bytes.copy(frame, frameHeaderSizeBytes, start, end);
    return frame;
  }
  bytes.writeUInt16BE(end - start, frameStart);
  return bytes.subarray(frameStart, end);
}

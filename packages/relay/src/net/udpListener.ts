/** Datagrams of one address family: a path for each client that has an allocation or a seat. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { PathUser } from '../media/mediaPath.ts';
import type { Allocation } from '../turn/allocation.ts';
import type { NetworkPath, PacketReceiver } from './packetReceiver.ts';

/** As much as the system gives: bursts of key frames wait here. */
const bufferSizeBytes = 4 * 1024 * 1024;

/** Clients with an allocation or a seat, by address and port. */
type Paths = Map<string, Map<number, UdpPath>>;

export class UdpListener {
  readonly #socket: Socket;
  readonly #receiver: PacketReceiver;
  readonly #paths: Paths = new Map();

  private constructor(socket: Socket, receiver: PacketReceiver) {
    this.#socket = socket;
    this.#receiver = receiver;
    socket.on('message', (bytes, { address, port }) => this.#receive(bytes, address, port));
    // Of single packets that a network refused: others go on.
    socket.on('error', () => {});
  }

  /** Listens; rejects with the system's error. */
  static async open(address: string, port: number, receiver: PacketReceiver): Promise<UdpListener> {
    const isV6 = isIPv6(address);
    const family = isV6 ? 6 : 4;
    const socket = createSocket({
      type: isV6 ? 'udp6' : 'udp4',
      ipv6Only: isV6,
      recvBufferSize: bufferSizeBytes,
      sendBufferSize: bufferSizeBytes,
      // Answers go to addresses, never to names: the system's resolver would cost a turn of the event loop for each.
      lookup: (host, _options, callback) => callback(null, host, family),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      socket.close();
      throw error;
    });
    return new UdpListener(socket, receiver);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(bytes: Buffer, address: string, port: number): void {
    const known = this.#paths.get(address)?.get(port);
    this.#receiver.receive(known ?? new UdpPath(this.#socket, this.#paths, address, port), bytes);
  }
}

class UdpPath implements NetworkPath {
  readonly address: string;
  readonly port: number;
  readonly isConnection = false;
  allocation: Allocation | null = null;
  seat: PathUser | null = null;
  readonly #socket: Socket;
  readonly #paths: Paths;

  constructor(socket: Socket, paths: Paths, address: string, port: number) {
    this.#socket = socket;
    this.#paths = paths;
    this.address = address;
    this.port = port;
  }

  send(bytes: Buffer, start: number, end: number): boolean {
    const isWhole = start === 0 && end === bytes.length;
    this.#socket.send(isWhole ? bytes : bytes.subarray(start, end), this.port, this.address);
    return true;
  }

  keep(allocation: Allocation): void {
    this.allocation = allocation;
    this.#remember();
  }

  release(): void {
    this.allocation = null;
    this.#forget();
  }

  keepSeat(seat: PathUser): void {
    this.seat = seat;
    this.#remember();
  }

  releaseSeat(): void {
    this.seat = null;
    this.#forget();
  }

  #remember(): void {
    const ports = this.#paths.get(this.address) ?? new Map<number, UdpPath>();
    this.#paths.set(this.address, ports.set(this.port, this));
  }

  #forget(): void {
    if (this.allocation !== null || this.seat !== null) return;
    const ports = this.#paths.get(this.address);
    ports?.delete(this.port);
    if (ports?.size === 0) this.#paths.delete(this.address);
  }
}

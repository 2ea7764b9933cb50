/** For tests: the relay without sockets, clients of it, and time moved by hand. */

import type { PathUser } from '../media/mediaPath.ts';
import type { NetworkPath } from '../net/packetReceiver.ts';
import type { Allocation } from '../turn/allocation.ts';
import { createCredentials } from '../turn/credentials.ts';
import type { RelayLimits } from '../turn/relayLimits.ts';
import { TurnServer } from '../turn/turnServer.ts';
import { TestClient } from './testClient.ts';

const testSecret = 'what relay and server share';

export class TestPath implements NetworkPath {
  readonly address: string;
  readonly port: number;
  isConnection = false;
  allocation: Allocation | null = null;
  seat: PathUser | null = null;
  readonly sent: Buffer[] = [];
  /** What the transport takes no more of. */
  isFull = false;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
  }

  send(bytes: Buffer, start: number, end: number): boolean {
    if (this.isFull) return false;
    this.sent.push(Buffer.from(bytes.subarray(start, end)));
    return true;
  }

  keep(allocation: Allocation): void {
    this.allocation = allocation;
  }

  release(): void {
    this.allocation = null;
  }

  keepSeat(seat: PathUser): void {
    this.seat = seat;
  }

  releaseSeat(): void {
    this.seat = null;
  }
}

interface TestTurnClient extends TestClient {
  readonly path: TestPath;
  /** Something that is not answered. */
  tell(bytes: Buffer): void;
}

export class TestTurn {
  nowMs = 1000;
  /** Of the wall clock. */
  readonly startedAtMs = 1_900_000_000_000;
  readonly server: TurnServer;
  #ports = 50_000;

  constructor(limits: Partial<RelayLimits> = {}) {
    const clock = { nowMs: () => this.nowMs, wallMs: () => this.startedAtMs + this.nowMs };
    this.server = new TurnServer({ secret: testSecret, nonceKey: Buffer.alloc(32, 1), clock, limits });
  }

  credentials({ owner = 'ann', tag = 1, lifetimeMs = 3_600_000, secret = testSecret } = {}) {
    const expiresAtMs = this.startedAtMs + this.nowMs + lifetimeMs;
    return createCredentials(secret, { ownerId: owner, relayTag: Buffer.alloc(16, tag), expiresAtMs });
  }

  path(address = '192.0.2.10'): TestPath {
    this.#ports += 1;
    return new TestPath(address, this.#ports);
  }

  /** On a path of its own, with credentials of that owner and call. */
  client({
    path = this.path(),
    sending = () => {},
    ...claims
  }: Parameters<TestTurn['credentials']>[0] & {
    path?: TestPath;
    /** Told of every request. */
    sending?: (request: Buffer) => void;
  } = {}): TestTurnClient {
    const exchange = (request: Buffer) => {
      sending(request);
      const before = path.sent.length;
      this.server.receive(path, request);
      return path.sent.length > before ? path.sent.pop()! : null;
    };
    const tell = (bytes: Buffer) => this.server.receive(path, bytes);
    return Object.assign(new TestClient(exchange, this.credentials(claims)), { path, tell });
  }

  /** Time passes, and the relay looks. */
  pass(ms: number): void {
    this.nowMs += ms;
    this.server.sweep();
  }
}

/** For tests: what a bad network does to packets on their way to the relay. Not in the product. */
import type { NetworkPath, PacketReceiver } from '../net/packetReceiver.ts';

export interface NetworkConditions {
  /** Share of packets that are lost, from 0 to 1. */
  readonly loss: number;
  /** Each packet is late by up to this, so that they overtake each other. */
  readonly jitterMs: number;
  /** Nothing passes. */
  readonly isCut: boolean;
}

const goodNetwork: NetworkConditions = { loss: 0, jitterMs: 0, isCut: false };

/**
 * Between the sockets and the relay. What one side sends to the other passes here once, and so do all requests to the
 * relay. Messages of TCP clients are treated alike, though a real network would have repeated them.
 */
export class BadNetwork implements PacketReceiver {
  readonly #relay: PacketReceiver;
  readonly #late = new Set<NodeJS.Timeout>();
  readonly #random: () => number;
  #conditions: NetworkConditions;

  constructor(relay: PacketReceiver, conditions: Partial<NetworkConditions>, random = Math.random) {
    this.#relay = relay;
    this.#conditions = { ...goodNetwork, ...conditions };
    this.#random = random;
  }

  /** From now on; what is left out is good. What is late already comes late. */
  set(conditions: Partial<NetworkConditions>): void {
    this.#conditions = { ...goodNetwork, ...conditions };
  }

  receive(path: NetworkPath, bytes: Buffer): void {
    const { loss, jitterMs, isCut } = this.#conditions;
    if (isCut || this.#random() < loss) return;
    if (jitterMs === 0) {
      this.#relay.receive(path, bytes);
      return;
    }
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      this.#relay.receive(path, bytes);
    }, this.#random() * jitterMs);
    this.#late.add(timer);
  }

  disconnected(path: NetworkPath): void {
    this.#relay.disconnected(path);
  }

  /** Loses all that is late. */
  stop(): void {
    for (const timer of this.#late) clearTimeout(timer);
    this.#late.clear();
  }
}

/** All allocations, by relayed address; counted by owner and by call, so that none takes what is for all. */
import { Allocation, type ClientPath } from './allocation.ts';
import type { RelayCounters } from './counters.ts';
import type { CredentialClaims } from './credentials.ts';
import type { RelayLimits } from './relayLimits.ts';
import { virtualAddressCount, virtualKeyAt } from './virtualAddresses.ts';

export type MadeAllocation =
  | { readonly kind: 'made'; readonly allocation: Allocation }
  | { readonly kind: 'ownerFull' }
  | { readonly kind: 'full' };

export class Allocations {
  readonly #limits: RelayLimits;
  readonly #counters: RelayCounters;
  readonly #randomBelow: (below: number) => number;
  readonly #byRelayed = new Map<number, Allocation>();
  readonly #perOwner = new Map<string, number>();
  readonly #perTag = new Map<string, number>();

  constructor(limits: RelayLimits, counters: RelayCounters, randomBelow: (below: number) => number) {
    this.#limits = limits;
    this.#counters = counters;
    this.#randomBelow = randomBelow;
  }

  /** Who has this relayed address, where it belongs to the same call. */
  peerOf(from: Allocation, peer: number): Allocation | null {
    const to = this.#byRelayed.get(peer);
    return to === undefined || to.tag !== from.tag ? null : to;
  }

  make(
    path: ClientPath,
    request: {
      readonly username: string;
      readonly claims: CredentialClaims;
      readonly key: Buffer;
      readonly transactionId: Buffer;
      readonly lifetimeMs: number;
    },
    nowMs: number,
  ): MadeAllocation {
    const { owner, tag } = request.claims;
    const { allocations, allocationsPerOwner, allocationsPerTag } = this.#limits;
    if ((this.#perOwner.get(owner) ?? 0) >= allocationsPerOwner) return { kind: 'ownerFull' };
    if ((this.#perTag.get(tag) ?? 0) >= allocationsPerTag) return { kind: 'ownerFull' };
    if (this.#byRelayed.size >= allocations) return { kind: 'full' };
    const relayed = this.#freeAddress();
    const allocation = new Allocation({ ...request, path, relayed, limits: this.#limits, nowMs });
    allocation.expiresAtMs = nowMs + request.lifetimeMs;
    path.keep(allocation);
    this.#byRelayed.set(relayed, allocation);
    add(this.#perOwner, owner, 1);
    add(this.#perTag, tag, 1);
    this.#counters.allocated += 1;
    this.#counters.allocations = this.#byRelayed.size;
    return { kind: 'made', allocation };
  }

  end(allocation: Allocation): void {
    if (allocation.isOver) return;
    allocation.isOver = true;
    this.#byRelayed.delete(allocation.relayed);
    add(this.#perOwner, allocation.owner, -1);
    add(this.#perTag, allocation.tag, -1);
    this.#counters.allocations = this.#byRelayed.size;
    allocation.path.release();
  }

  sweep(nowMs: number): void {
    for (const allocation of this.#byRelayed.values()) {
      if (allocation.expiresAtMs <= nowMs) this.end(allocation);
      else allocation.forgetExpired(nowMs);
    }
  }

  #freeAddress(): number {
    for (;;) {
      const key = virtualKeyAt(this.#randomBelow(virtualAddressCount));
      if (!this.#byRelayed.has(key)) return key;
    }
  }
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

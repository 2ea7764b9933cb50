/**
 * Who has how many of the relay's TCP connections (spec/relay.md §Limits): nobody takes all places with one network. A source is
 * an IPv4 address or the first 64 bits of an IPv6 address; a site is given 48 bits, and so 65,536 of those.
 */
import { isIPv6 } from 'node:net';
import { addressOctets } from '../stun/xorAddress.ts';
import type { RelayLimits } from '../turn/relayLimits.ts';
import { sourceOf } from '../turn/turnServer.ts';

const siteSizeBytes = 6;

export class ConnectionPlaces {
  readonly #limits: Pick<RelayLimits, 'connections' | 'connectionsPerSource' | 'connectionsPerSite'>;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(limits: Pick<RelayLimits, 'connections' | 'connectionsPerSource' | 'connectionsPerSite'>) {
    this.#limits = limits;
  }

  /** Null where there is none for who has this address; else gives it back, once. */
  take(address: string): (() => void) | null {
    const { connections, connectionsPerSource, connectionsPerSite } = this.#limits;
    const counted = [{ key: sourceOf(address), limit: connectionsPerSource }];
    if (isIPv6(address)) counted.push({ key: siteOf(address), limit: connectionsPerSite });
    const isFull = counted.some(({ key, limit }) => (this.#taken.get(key) ?? 0) >= limit);
    if (isFull || this.#count >= connections) return null;
    this.#count += 1;
    for (const { key } of counted) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    return () => {
      this.#count -= 1;
      for (const { key } of counted) {
        const left = (this.#taken.get(key) ?? 1) - 1;
        if (left === 0) this.#taken.delete(key);
        else this.#taken.set(key, left);
      }
    };
  }
}

function siteOf(address: string): string {
  return `site ${Buffer.from(addressOctets(address).subarray(0, siteSizeBytes)).toString('hex')}`;
}

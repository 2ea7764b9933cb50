import { type AccountId, limits } from '@sotto/protocol';

/** What a new device and a signed-in one leave for each other; the server opens neither. */
interface Pairing {
  readonly offer: Uint8Array;
  readonly expiresAtMs: number;
  answer: { readonly accountId: AccountId; readonly sealed: Uint8Array } | null;
}

const maxPairings = 2000;

/**
 * Mailboxes for devices that come by a QR code (spec/server.md §Accounts): in memory only, a few minutes each, the oldest
 * dropped first. The first offer and the first answer stand.
 */
export class Pairings {
  readonly #pairings = new Map<string, Pairing>();

  /** False where another offer stands there. */
  offer(pairingId: Uint8Array, offer: Uint8Array, nowMs: number): boolean {
    const existing = this.#find(pairingId, nowMs);
    if (existing !== null) return Buffer.compare(existing.offer, offer) === 0;
    if (this.#pairings.size >= maxPairings) this.#pairings.delete(this.#pairings.keys().next().value!);
    const expiresAtMs = nowMs + limits.pairingLifetimeMs;
    this.#pairings.set(pairingId.toHex(), { offer, expiresAtMs, answer: null });
    return true;
  }

  read(pairingId: Uint8Array, nowMs: number): Readonly<Pairing> | null {
    return this.#find(pairingId, nowMs);
  }

  /** False where there is no offer, or another answer. */
  answer(pairingId: Uint8Array, accountId: AccountId, sealed: Uint8Array, nowMs: number): boolean {
    const pairing = this.#find(pairingId, nowMs);
    if (pairing === null) return false;
    if (pairing.answer !== null) {
      return pairing.answer.accountId === accountId && Buffer.compare(pairing.answer.sealed, sealed) === 0;
    }
    pairing.answer = { accountId, sealed };
    return true;
  }

  #find(pairingId: Uint8Array, nowMs: number): Pairing | null {
    for (const [key, { expiresAtMs }] of this.#pairings) {
      if (expiresAtMs > nowMs) break;
      this.#pairings.delete(key);
    }
    return this.#pairings.get(pairingId.toHex()) ?? null;
  }
}

import type { AccountId } from '@sotto/protocol';
import { limits } from '@sotto/protocol';

interface PendingLogin<State> {
  readonly accountId: AccountId;
  readonly state: State;
  readonly expiresAtMs: number;
}

const maxPending = 10_000;

/**
 * Logins between their two steps, with OPAQUE's server state or the nonce to sign: in memory only, each good for
 * one try, the oldest dropped first.
 */
export class PendingLogins<State> {
  readonly #pending = new Map<string, PendingLogin<State>>();

  add(loginId: Uint8Array, accountId: AccountId, state: State, nowMs: number): void {
    this.#dropExpired(nowMs);
    if (this.#pending.size >= maxPending) this.#pending.delete(this.#pending.keys().next().value!);
    this.#pending.set(loginId.toHex(), { accountId, state, expiresAtMs: nowMs + limits.loginLifetimeMs });
  }

  /** The login, which is spent by this, or null where there is none (any more). */
  take(loginId: Uint8Array, nowMs: number): PendingLogin<State> | null {
    const key = loginId.toHex();
    const login = this.#pending.get(key);
    this.#pending.delete(key);
    return login !== undefined && login.expiresAtMs > nowMs ? login : null;
  }

  #dropExpired(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#pending) {
      if (expiresAtMs > nowMs) return;
      this.#pending.delete(key);
    }
  }
}

import type { AccountId } from '@sotto/protocol';

/** Which accounts the server says are connected. Known only while connected. */
export class Presence {
  readonly #online = new Set<AccountId>();
  readonly #changed: (accounts: readonly AccountId[]) => void;

  constructor(changed: (accounts: readonly AccountId[]) => void) {
    this.#changed = changed;
  }

  isOnline(account: AccountId): boolean {
    return this.#online.has(account);
  }

  set(account: AccountId, online: boolean): void {
    if (this.#online.has(account) === online) return;
    if (online) this.#online.add(account);
    else this.#online.delete(account);
    this.#changed([account]);
  }

  clear(): void {
    const accounts = [...this.#online];
    this.#online.clear();
    if (accounts.length > 0) this.#changed(accounts);
  }
}

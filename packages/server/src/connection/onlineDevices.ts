import type { AccountId, DeviceId } from '@sotto/protocol';
import type { Subscriber } from '../log/subscriber.ts';
import type { DeviceConnection } from './deviceConnection.ts';

/** An authenticated device and its one connection. */
export interface OnlineDevice {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly connection: DeviceConnection;
  readonly subscriber: Subscriber;
}

/** The devices that are connected now. Invariant: one connection per device, the newest. */
export class OnlineDevices {
  readonly #byDevice = new Map<DeviceId, OnlineDevice>();
  readonly #byAccount = new Map<AccountId, Set<OnlineDevice>>();

  /** Adds `device`; the connection it replaces, if any, is returned. */
  add(device: OnlineDevice): OnlineDevice | null {
    const before = this.#byDevice.get(device.deviceId) ?? null;
    if (before !== null) this.#byAccount.get(before.accountId)?.delete(before);
    this.#byDevice.set(device.deviceId, device);
    const present = this.#byAccount.get(device.accountId);
    if (present === undefined) this.#byAccount.set(device.accountId, new Set([device]));
    else present.add(device);
    return before;
  }

  /** False where a newer connection has taken its place already. */
  remove(device: OnlineDevice): boolean {
    if (this.#byDevice.get(device.deviceId) !== device) return false;
    this.#byDevice.delete(device.deviceId);
    const present = this.#byAccount.get(device.accountId);
    present?.delete(device);
    if (present?.size === 0) this.#byAccount.delete(device.accountId);
    return true;
  }

  find(deviceId: DeviceId): OnlineDevice | undefined {
    return this.#byDevice.get(deviceId);
  }

  ofAccount(accountId: AccountId): Iterable<OnlineDevice> {
    return this.#byAccount.get(accountId) ?? [];
  }

  isOnline(accountId: AccountId): boolean {
    return this.#byAccount.has(accountId);
  }

  get count(): number {
    return this.#byDevice.size;
  }
}

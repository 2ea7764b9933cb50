import type { DeviceDatabases, DeviceLabel } from '../ports.ts';
import { TestDisk } from './faultyDatabase.ts';

/** Databases of one browser profile, in memory; what is locked opens with its key only. */
export class TestProfile implements DeviceDatabases {
  #disk = new TestDisk();
  /** The next `open` fails so. */
  openFault: Error | null = null;
  readonly #locked: { label: DeviceLabel; key: string; disk: TestDisk }[] = [];

  get disk(): TestDisk {
    return this.#disk;
  }
  async open() {
    const fault = this.openFault;
    this.openFault = null;
    if (fault !== null) throw fault;
    return this.#disk.open();
  }
  async locked() {
    return this.#locked.map(({ label }) => label);
  }
  async lock(label: DeviceLabel, key: Uint8Array) {
    this.#locked.unshift({ label, key: key.toHex(), disk: this.#disk });
    this.#disk = new TestDisk();
  }
  async unlock(deviceId: string, key: Uint8Array) {
    const at = this.#locked.findIndex(({ label }) => label.deviceId === deviceId);
    const found = this.#locked[at];
    if (found === undefined || found.key !== key.toHex()) return false;
    this.#locked.splice(at, 1);
    this.#disk = found.disk;
    return true;
  }
  async discard() {
    this.#disk = new TestDisk();
  }
}

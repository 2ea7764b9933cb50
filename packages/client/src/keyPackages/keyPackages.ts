import { limits } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import { hasUsedLastResort } from './keyPackageTable.ts';
import { publishKeyPackages } from './publishKeyPackages.ts';

/** Fills the pool one time after the other: each claim may call for it, and two at once would fill it twice. */
export class KeyPackages {
  readonly #device: () => DeviceContext;
  #running: Promise<void> | null = null;

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  /** `remaining`: how many the server says it has. Asked for while it runs, it is done already. */
  publish(remaining: number, atMost?: number): Promise<void> {
    this.#running ??= publishKeyPackages(this.#device(), remaining, atMost).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** The last-resort package was used: another takes its place, and what opens Welcomes for it goes. */
  async renewLastResort(): Promise<void> {
    if (!this.#device().database.read(hasUsedLastResort)) return;
    await this.#running;
    await this.publish(limits.keyPackagesPerDevice);
  }
}

import type { DeviceContext } from '../device/deviceContext.ts';
import { checkDeposits } from './checkDeposits.ts';

/** A commit's deposits come with it; so long they may take, and so much longer by chance, so that one device repairs. */
const delayMs = 5_000;
const chanceMs = 5_000;

/** Compares deposits some seconds after a key was derived, or a connection began (checkDeposits.ts). */
export class DepositCheck {
  readonly #device: () => DeviceContext;
  #stopTimer: (() => void) | null = null;
  #isWorking = false;

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  wake(): void {
    const { clock, provider } = this.#device();
    const chance = Math.floor(((provider.randomBytes(1)[0] ?? 0) / 256) * chanceMs);
    this.#stopTimer ??= clock.schedule(delayMs + chance, () => {
      this.#stopTimer = null;
      void this.#work();
    });
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    const device = this.#device();
    try {
      while (await checkDeposits(device));
    } catch (error) {
      device.caught(error);
    } finally {
      this.#isWorking = false;
    }
  }
}

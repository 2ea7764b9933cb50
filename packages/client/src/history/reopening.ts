import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { conversationsWithUnreadable } from '../sync/unreadableTable.ts';
import { reopenEntries } from './reopenEntries.ts';

/** Keys and chains that come in a row are waited for: one look for all of them. */
const delayMs = 1_000;

/** Looks again at what could not be opened, a moment after something came that may open it. */
export class Reopening {
  readonly #device: () => DeviceContext;
  #stopTimer: (() => void) | null = null;
  #isWorking = false;

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  /** A deposit or a chain came, or a connection began. */
  wake(): void {
    this.#stopTimer ??= this.#device().clock.schedule(delayMs, () => {
      this.#stopTimer = null;
      void this.#work();
    });
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  async #work(): Promise<void> {
    if (this.#isWorking) {
      this.wake();
      return;
    }
    this.#isWorking = true;
    const device = this.#device();
    try {
      const keys: ConversationKey[] = device.database.read(conversationsWithUnreadable);
      for (const key of keys) if (!(await reopenEntries(device, key))) break;
    } catch (error) {
      device.caught(error);
    } finally {
      this.#isWorking = false;
    }
  }
}

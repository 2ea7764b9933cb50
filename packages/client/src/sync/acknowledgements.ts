import { limits, Connection as Methods } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import { type LogKey, type LogReader, logRef } from './logReader.ts';

const delayMs = 500;

/** Tells the server what is stored here, a while after it is: many entries, one request. */
export class Acknowledgements {
  readonly #device: () => DeviceContext;
  readonly #logs = new Map<LogKey, LogReader>();
  #stopTimer: (() => void) | null = null;

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  /** The log's cursor moved, and that is durable. */
  add(log: LogReader): void {
    this.#logs.set(log.key, log);
    this.#stopTimer ??= this.#device().clock.schedule(delayMs, () => this.#send());
  }

  remove(log: LogReader): void {
    this.#logs.delete(log.key);
  }

  clear(): void {
    this.#logs.clear();
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #send(): void {
    this.#stopTimer = null;
    const logs = [...this.#logs.values()];
    this.#logs.clear();
    for (let from = 0; from < logs.length; from += limits.cursorsPerAcknowledge) {
      const cursors = logs
        .slice(from, from + limits.cursorsPerAcknowledge)
        .map((log) => ({ log: logRef(log), seq: BigInt(log.cursor) }));
      // One that is lost or refused only means that the server keeps entries for longer.
      void this.#device().connection.call(Methods.method.acknowledge, { cursors });
    }
  }
}

import type { Appended, LogKey } from '../store/store.ts';
import { AppendedBatch } from './appendedBatch.ts';
import { InboxTurns } from './inboxTurns.ts';
import { logName } from './logKey.ts';
import type { Subscriber, Subscription } from './subscriber.ts';

/** Who reads which log now. */
export class FanOut {
  readonly inboxTurns = new InboxTurns();
  readonly #byLog = new Map<string, Set<Subscription>>();

  join(subscription: Subscription): void {
    const name = logName(subscription.log);
    const present = this.#byLog.get(name);
    if (present === undefined) this.#byLog.set(name, new Set([subscription]));
    else present.add(subscription);
  }

  leave(subscription: Subscription): void {
    const name = logName(subscription.log);
    const present = this.#byLog.get(name);
    present?.delete(subscription);
    if (present?.size === 0) this.#byLog.delete(name);
  }

  /** Who may read what comes to `log`: not who only asks to as yet, nor who reads up to its removal. */
  readersOf(log: LogKey): readonly Subscriber[] {
    return [...(this.#byLog.get(logName(log)) ?? [])]
      .filter(({ phase, throughSeq }) => phase !== 'waiting' && throughSeq === null)
      .map(({ subscriber }) => subscriber);
  }

  /** How many read `log` now. */
  countOf(log: LogKey): number {
    return this.#byLog.get(logName(log))?.size ?? 0;
  }

  /** Hands on what a commit appended: per log one batch. */
  publish(appended: readonly Appended[]): void {
    const byLog = new Map<string, [Appended, ...Appended[]]>();
    for (const entry of appended) {
      const name = logName(entry.log);
      if (!this.#byLog.has(name)) continue;
      const entries = byLog.get(name);
      if (entries === undefined) byLog.set(name, [entry]);
      else entries.push(entry);
    }
    for (const [name, entries] of byLog) {
      const batch = new AppendedBatch(entries);
      for (const subscription of [...(this.#byLog.get(name) ?? [])])
        subscription.subscriber.offer(subscription, batch);
    }
  }
}

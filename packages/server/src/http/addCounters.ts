import { Counter, type Registry } from 'prom-client';

/** One counter for each name: its help, and what counts it. */
export function addCounters<Name extends string>(
  counts: Readonly<Record<string, readonly [help: string, counter: Name]>>,
  read: () => Readonly<Record<Name, number>>,
  registers: Registry[],
): void {
  for (const [name, [help, counter]] of Object.entries(counts)) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read()[counter]);
      },
    });
  }
}

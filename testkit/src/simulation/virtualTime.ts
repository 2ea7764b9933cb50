/**
 * Virtual time: one queue of events for all devices, the server and the network (spec/simulator.md §Time).
 * Invariant: events run in order of their time, those of the same time in the order in which they were added,
 * and everything an event set going has come to rest before the next one runs.
 */
export interface VirtualTime {
  /** Milliseconds since 1970, of the world itself: clocks of devices may be wrong about it. */
  now(): number;
  /** Runs `run` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, run: () => void): () => void;
  /** Runs events until the time is `untilMs`. Throws `TooManyEvents` beyond the limit. */
  runUntil(untilMs: number): Promise<void>;
  /** Events that have run so far. */
  readonly eventCount: number;
}

/** A simulation that does not come to rest: something repeats without waiting. */
export class TooManyEvents extends Error {
  override readonly name = 'TooManyEvents';
}

interface TimedEvent {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | null;
}

export function createVirtualTime(startMs: number, maxEvents: number): VirtualTime {
  const heap: TimedEvent[] = [];
  let nowMs = startMs;
  let order = 0;
  let eventCount = 0;

  return {
    now: () => nowMs,
    schedule(delayMs, run) {
      const event: TimedEvent = { atMs: nowMs + Math.max(0, delayMs), order: order++, run };
      push(heap, event);
      return () => {
        event.run = null;
      };
    },
    async runUntil(untilMs) {
      await settle();
      for (;;) {
        const event = heap[0];
        if (event === undefined || event.atMs > untilMs) break;
        pop(heap);
        if (event.run === null) continue;
        nowMs = event.atMs;
        eventCount += 1;
        if (eventCount > maxEvents) throw new TooManyEvents(`${maxEvents} events, and no end`);
        event.run();
        await settle();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    get eventCount() {
      return eventCount;
    },
  };
}

/** Promises run out before the event loop goes on to its next turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function before(left: TimedEvent, right: TimedEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

function push(heap: TimedEvent[], event: TimedEvent): void {
  let i = heap.push(event) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(event, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = event;
}

function pop(heap: TimedEvent[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}

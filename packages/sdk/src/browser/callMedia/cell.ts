/** A value that is watched. */
export interface Cell<Value> {
  readonly value: Value;
  set(value: Value): void;
  /** Calls `listener` with the value now, and with each that differs, until the returned function is called. */
  watch(listener: (value: Value) => void): () => void;
}

export function createCell<Value>(first: Value): Cell<Value> {
  const listeners = new Set<(value: Value) => void>();
  let current = first;
  return {
    get value() {
      return current;
    },
    set(value) {
      if (JSON.stringify(value) === JSON.stringify(current)) return;
      current = value;
      for (const listener of [...listeners]) if (listeners.has(listener)) listener(value);
    },
    watch(listener) {
      // Each watch is its own, also of the same function.
      const mine = (value: Value): void => listener(value);
      listeners.add(mine);
      listener(current);
      return () => void listeners.delete(mine);
    },
  };
}

/** A listener that throws loses its turn, and nobody else does. */
export function tellAll<Value>(listeners: ReadonlySet<(value: Value) => void>, value: Value): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (error) {
      // The listener's own fault: it surfaces as an uncaught error, and the call goes on.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

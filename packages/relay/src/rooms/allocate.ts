/**
 * Which layer of each picture a receiver gets. Sound goes beside them. Pictures with priority come
 * first, up to the largest that is wanted; then all others get their smallest, then the next one of each, as long as
 * there is room. What does not even get the smallest is paused.
 */

export interface Wish {
  /** Bits per second of each layer, the smallest first; never empty. */
  readonly costs: readonly number[];
  readonly maxLayer: number;
  readonly isPriority: boolean;
  /** What it had; −1: paused. */
  readonly before: number;
}

export interface Allocation {
  /** In the order of the wishes; −1: paused. */
  readonly targets: readonly number[];
  /** The smallest step up that found no room, in bits per second; 0: everybody has what they want. */
  readonly missingBps: number;
}

/** More than a layer takes must be free before it is taken: else it would come and go. */
const margin = 1.15;

/** `mayRise` is false for a while after there was not enough; what is paused comes back as soon as there is room. */
export function allocate(wishes: readonly Wish[], availableBps: number, mayRise: boolean): Allocation {
  const targets = wishes.map(() => -1);
  let leftBps = availableBps;
  let missingBps = 0;
  const isDone = wishes.map(() => false);
  const raise = (isPriority: boolean) => {
    for (let layer = 0; ; layer++) {
      let isAny = false;
      for (const [i, wish] of wishes.entries()) {
        if (wish.isPriority !== isPriority || isDone[i]) continue;
        if (layer > Math.min(wish.maxLayer, wish.costs.length - 1)) continue;
        const stepBps = Math.max(0, wish.costs[layer]! - (layer === 0 ? 0 : wish.costs[layer - 1]!));
        const isRise = layer > wish.before;
        if (stepBps * (isRise ? margin : 1) <= leftBps && (!isRise || mayRise || layer === 0)) {
          targets[i] = layer;
          leftBps -= stepBps;
          isAny = true;
          continue;
        }
        isDone[i] = true;
        missingBps = missingBps === 0 ? stepBps : Math.min(missingBps, stepBps);
      }
      if (!isAny) return;
    }
  };
  raise(true);
  raise(false);
  return { targets, missingBps };
}

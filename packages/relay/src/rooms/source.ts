/** What a seat sends by one of its lines, with its layers, and who watches it. */
import { SeatSource } from '@sotto/protocol';
import { TokenBucket } from '../turn/tokenBucket.ts';
import { Layer } from './layer.ts';
import type { SourceRate } from './roomLimits.ts';
import type { Slot } from './slot.ts';

/** Whoever watches a source, whether or not it is there: it stays while somebody does. */
export class Watchers {
  readonly slots: Slot[] = [];
  source: Source | null = null;

  add(slot: Slot): void {
    this.slots.push(slot);
  }

  remove(slot: Slot): void {
    const at = this.slots.indexOf(slot);
    if (at >= 0) this.slots.splice(at, 1);
  }
}

export function isPicture(source: SeatSource): boolean {
  return source === SeatSource.CAMERA || source === SeatSource.SCREEN;
}

/** What a layer takes that has not come yet, in bits per second. */
const usualCamera = [[1_200_000], [150_000, 600_000], [150_000, 500_000, 1_500_000]];
const usualScreen = 1_200_000;
/** Four times the pixels of the layer below take so much more at most. */
const growthOfLayer = 4;
/** For how long what a layer took says what it will take. */
const seenForMs = 10_000;
/** A layer is told to be wanted for as long after. */
const wantedForMs = 3000;
/** Cameras send that often at least. A screen on which nothing moves sends next to nothing. */
const cameraSilenceMs = 700;
const screenSilenceMs = 5000;
const soundSilenceMs = 2000;
const levelFollows = 0.1;
const levelSilenceMs = 500;

export class Source {
  readonly joinId: string;
  readonly kind: SeatSource;
  readonly mid: string;
  readonly isPicture: boolean;
  readonly rids: readonly string[];
  readonly layers: readonly Layer[];
  readonly watchers: Watchers;
  /** 0 silence to 127; null where the sender tells none. */
  level: number | null = null;
  #levelAtMs = 0;
  /** When speech was last heard in it. */
  spokeAtMs = Number.NEGATIVE_INFINITY;
  readonly #packets: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #wantedUntilMs: number[];
  wantedLayers = 0;

  constructor(
    line: { readonly kind: SeatSource; readonly mid: string; readonly rids: readonly string[] },
    options: { joinId: string; watchers: Watchers; rate: SourceRate; nowMs: number },
  ) {
    this.kind = line.kind;
    this.mid = line.mid;
    this.rids = line.rids;
    this.joinId = options.joinId;
    this.isPicture = isPicture(line.kind);
    this.watchers = options.watchers;
    const layers = Math.max(1, line.rids.length);
    this.layers = Array.from({ length: layers }, (_, i) => new Layer(i, this.isPicture, options.nowMs));
    this.#wantedUntilMs = this.layers.map(() => Number.NEGATIVE_INFINITY);
    this.#packets = new TokenBucket(options.rate.packets, options.nowMs);
    this.#bytes = new TokenBucket(options.rate.bytes, options.nowMs);
  }

  /** Whether the sender keeps within its rate. */
  mayPass(sizeBytes: number, nowMs: number): boolean {
    return this.#packets.take(1, nowMs) && this.#bytes.take(sizeBytes, nowMs);
  }

  /** Somebody receives this layer, or waits for it. */
  isWatched(layer: number): boolean {
    for (const slot of this.watchers.slots) if (slot.current === layer || slot.aim === layer) return true;
    return false;
  }

  arrives(layer: number, nowMs: number): boolean {
    const silenceMs = this.isPicture
      ? this.kind === SeatSource.SCREEN
        ? screenSilenceMs
        : cameraSilenceMs
      : soundSilenceMs;
    return this.layers[layer]?.arrives(nowMs, silenceMs) ?? false;
  }

  /** A bit for each layer that comes. */
  arrivingLayers(nowMs: number): number {
    let layers = 0;
    for (const { index } of this.layers) if (this.arrives(index, nowMs)) layers |= 1 << index;
    return layers;
  }

  /** The largest up to `target` that comes; −1: none does. */
  bestLayer(target: number, nowMs: number): number {
    // On a screen where nothing moves nothing may come until it is asked for.
    if (this.layers.length === 1) return this.layers[0]!.ssrc === 0 ? -1 : 0;
    for (let layer = Math.min(target, this.layers.length - 1); layer >= 0; layer--) {
      if (this.arrives(layer, nowMs)) return layer;
    }
    return -1;
  }

  /** What a layer takes, in bits per second: as seen, as the one below lets expect, or as usual. */
  costOf(layer: number): number {
    const seen = this.layers[layer]?.smoothBps ?? 0;
    if (seen > 0) return seen;
    const usual =
      this.kind === SeatSource.SCREEN ? usualScreen : usualCamera[this.layers.length - 1]?.[layer];
    const below = this.layers[layer - 1]?.smoothBps ?? 0;
    return Math.min(usual ?? usualScreen, below > 0 ? below * growthOfLayer : Number.POSITIVE_INFINITY);
  }

  /** To be called five times a second. */
  follow(nowMs: number): void {
    for (const layer of this.layers) {
      if (!layer.arrives(nowMs, seenForMs)) layer.smoothBps = 0;
      if (!this.arrives(layer.index, nowMs)) continue;
      const bps = layer.bitsPerSecond(nowMs);
      layer.smoothBps = layer.smoothBps === 0 ? Math.max(bps, this.costOf(layer.index)) : layer.smoothBps;
      layer.smoothBps += (bps - layer.smoothBps) * 0.15;
    }
    this.want(nowMs);
  }

  /** Whoever watches it may have changed. */
  want(nowMs: number): void {
    this.wantedLayers = this.#wanted(nowMs);
  }

  #wanted(nowMs: number): number {
    if (!this.isPicture) return 1;
    for (const slot of this.watchers.slots) {
      // The smallest is there to fall back to.
      this.#wantedUntilMs[0] = nowMs + wantedForMs;
      const target = Math.min(slot.target, this.layers.length - 1);
      if (target > 0) this.#wantedUntilMs[target] = nowMs + wantedForMs;
    }
    let layers = 0;
    for (const [layer, untilMs] of this.#wantedUntilMs.entries()) if (untilMs > nowMs) layers |= 1 << layer;
    return layers;
  }

  /** `told` as RFC 6464 has it: −dBov, 0 loud to 127 silent. */
  hear(told: number, nowMs: number): void {
    const level = 127 - (told & 0x7f);
    const before = this.level === null || nowMs - this.#levelAtMs > levelSilenceMs ? 0 : this.level;
    this.level = before + (level - before) * levelFollows;
    this.#levelAtMs = nowMs;
  }

  levelAt(nowMs: number): number {
    return this.level === null || nowMs - this.#levelAtMs > levelSilenceMs ? 0 : this.level;
  }
}

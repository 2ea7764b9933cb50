/**
 * The paths by which one peer came, and the one by which things go to it. It keeps the rule that nothing but answers goes where the
 * peer did not show to be: a forged source address turns nothing against who has it.
 */
import { randomBytes } from 'node:crypto';
import type { MediaPath } from '../media/mediaPath.ts';

interface CheckedPath {
  readonly path: MediaPath;
  generation: number;
  priority: number;
  checkedAtMs: number;
  /** Minus infinity: never. */
  nominatedAtMs: number;
  /** Whether the peer got something that was sent there. */
  isProven: boolean;
  /** What it is to answer, until it is proven. */
  readonly proofId: Buffer;
}

export interface Check {
  readonly generation: number;
  readonly priority: number;
  readonly nominates: boolean;
}

/** A browser has as many with a few networks, two families and TCP, twice in a restart. */
const maxPaths = 24;
/** Beyond this, what is sent may go to who does not want it any more (RFC 7675 §5.1). */
const consentLifetimeMs = 30_000;
const silentLifetimeMs = 60_000;
/** Who nominates several paths at once means the best of them; who nominates another later means that one. */
const nominationHoldsMs = 1000;

export class SeatPaths {
  readonly #paths = new Map<MediaPath, CheckedPath>();
  #selected: CheckedPath | null = null;

  /** Where things go; null: none was nominated, or not of late. */
  selected(nowMs: number): MediaPath | null {
    const selected = this.#selected;
    return selected !== null && nowMs - selected.checkedAtMs <= consentLifetimeMs ? selected.path : null;
  }

  /** After a valid check; the path that it pushed out, if it did. */
  checked(path: MediaPath, { generation, priority, nominates }: Check, nowMs: number): MediaPath | null {
    let checked = this.#paths.get(path);
    let pushedOut: MediaPath | null = null;
    if (checked === undefined) {
      if (this.#paths.size >= maxPaths) pushedOut = this.#forgetOldest();
      const nominatedAtMs = Number.NEGATIVE_INFINITY;
      const isProven = path.isConnection;
      const proofId = randomBytes(12);
      checked = { path, generation, priority, checkedAtMs: nowMs, nominatedAtMs, isProven, proofId };
      this.#paths.set(path, checked);
    }
    checked.generation = generation;
    checked.priority = priority;
    checked.checkedAtMs = nowMs;
    if (nominates) {
      if (checked.isProven && this.#isBetter(checked, nowMs)) this.#selected = checked;
      checked.nominatedAtMs = nowMs;
    }
    return pushedOut;
  }

  /** What the peer is to answer by a path that it nominated; null: nothing. */
  wantedProof(path: MediaPath): Buffer | null {
    const checked = this.#paths.get(path);
    return checked === undefined || checked.isProven || !isNominated(checked) ? null : checked.proofId;
  }

  /** The peer is there: it answered, or did a handshake by it. */
  proved(path: MediaPath, nowMs: number): void {
    const checked = this.#paths.get(path);
    if (checked === undefined) return;
    checked.isProven = true;
    if (isNominated(checked) && this.#isBetter(checked, nowMs)) this.#selected = checked;
  }

  /** Something authentic came by it: where the peer sends from is what it means, if it nominated it. */
  used(path: MediaPath): void {
    if (this.#selected === null || this.#selected.path === path) return;
    const used = this.#paths.get(path);
    if (used === undefined || used.generation < this.#selected.generation) return;
    if (used.isProven && isNominated(used)) this.#selected = used;
  }

  delete(path: MediaPath): void {
    if (this.#selected?.path === path) this.#selected = null;
    this.#paths.delete(path);
  }

  /** Forgets what was silent for long, and says which. */
  sweep(nowMs: number): readonly MediaPath[] {
    const silent = [...this.#paths.values()].filter(
      ({ checkedAtMs }) => nowMs - checkedAtMs > silentLifetimeMs,
    );
    for (const { path } of silent) this.delete(path);
    return silent.map(({ path }) => path);
  }

  /** All are forgotten. */
  clear(): readonly MediaPath[] {
    const paths = [...this.#paths.keys()];
    this.#paths.clear();
    this.#selected = null;
    return paths;
  }

  #isBetter(path: CheckedPath, nowMs: number): boolean {
    const selected = this.#selected;
    if (selected === null || selected === path) return true;
    if (path.generation !== selected.generation) return path.generation > selected.generation;
    return path.priority >= selected.priority || nowMs - selected.nominatedAtMs > nominationHoldsMs;
  }

  #forgetOldest(): MediaPath | null {
    let oldest: CheckedPath | null = null;
    for (const path of this.#paths.values())
      if (path !== this.#selected && (oldest === null || path.checkedAtMs < oldest.checkedAtMs))
        oldest = path;
    if (oldest !== null) this.#paths.delete(oldest.path);
    return oldest?.path ?? null;
  }
}

function isNominated({ nominatedAtMs }: CheckedPath): boolean {
  return nominatedAtMs !== Number.NEGATIVE_INFINITY;
}

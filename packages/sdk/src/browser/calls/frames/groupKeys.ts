/**
 * The keys of one stay in a group call (spec/frames.md, "Group calls"): every participant's keys come from the bases that the
 * engine tells, one for each generation and step. KID = generation × 2^24 + step × 2^12 + ordinal. Invariants: bases and ordinals
 * only go up, so no counter begins again and no window is forgotten; what strangers send costs a bounded number of derivations.
 */
import { createFrameSealer, type FrameOpener, type FrameSealer } from '@sotto/sframe';
import {
  type GroupBase,
  type GroupFrameKey,
  type GroupParticipant,
  groupNumberLimit,
} from '../../../calls/frameKey.ts';
import type { FrameKeyResult } from './frameMessages.ts';
import { expandBlock, text } from './hkdf.ts';
import { frameSuite, type Later, oldKeyLifetimeMs } from './keyRules.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** As many as a call has seats. */
export const maxParticipants = 300;
/** Of keys that open, at a time: all participants' of three bases. */
export const maxGroupKeys = 900;
/** How far above the highest step that was told a frame's may be. */
export const maxStepsAhead = 64;
/** Keys that are derived in a second for frames of steps that nobody told. */
export const maxTrialsPerSecond = 32;

const stepLabel = text('Sotto 1 group call step');
const senderLabel = text('Sotto 1 group call sender');
const ordinalBits = 12n;

export const ordinalOf = (kid: bigint): number => Number(kid & 0xfffn);
/** Generation × 2^12 + step: higher is newer. */
const baseNumberOf = (kid: bigint): number => Number(kid >> ordinalBits);
const generationOf = (baseNumber: number): number => Math.floor(baseNumber / groupNumberLimit);

export class GroupKeys {
  readonly #opener: FrameOpener;
  readonly #later: Later;
  /** By their number. Of steps that nobody has told those that a frame asked for, too. */
  readonly #bases = new Map<number, Bytes>();
  /** The highest base of each generation that was told, or that an authentic frame was sealed with. */
  readonly #tops = new Map<number, number>();
  #told = -1;
  /** The newest generation whose delay is over; and the base that frames are sealed with. */
  #dueGeneration = -1;
  #sealing = -1;
  #sealer: FrameSealer | null = null;
  #self: GroupParticipant | null = null;
  readonly #participants = new Map<number, GroupParticipant>();
  readonly #gone = new Set<number>();
  /** What the opener has. */
  readonly #kids = new Set<bigint>();
  /** Of those, the ones that nothing was opened with and that are of a base above the top, oldest first. */
  readonly #trials = new Set<bigint>();
  #trialsLeft = maxTrialsPerSecond;
  #last: Promise<unknown> = Promise.resolve();

  constructor(opener: FrameOpener, later: Later) {
    this.#opener = opener;
    this.#later = later;
  }

  /** Null: nothing may be sent. */
  get sealer(): FrameSealer | null {
    return this.#sealer;
  }

  take(key: GroupFrameKey): Promise<FrameKeyResult> | FrameKeyResult {
    switch (key.kind) {
      case 'base':
        return this.#inTurn(() => this.#takeBase(key));
      case 'participant':
        return this.#takeParticipant(key);
      case 'gone':
        return this.#takeGone(key.ordinal);
    }
  }

  /** Gives the opener the key with this KID, where there may be one. */
  async supply(kid: bigint): Promise<void> {
    if (!this.#kids.has(kid) && this.#mayDerive(kid)) await this.#inTurn(() => this.#addKey(kid));
  }

  /** A frame was authentic: its step is the newest, where it is above those that are known. */
  opened(kid: bigint): void {
    if (!this.#trials.has(kid)) return;
    const baseNumber = baseNumberOf(kid);
    this.#tops.set(generationOf(baseNumber), baseNumber);
    for (const trial of this.#trials) if (!this.#isAhead(trial)) this.#trials.delete(trial);
    this.#sealWithNewest();
  }

  async #takeBase({ generation, step, delayMs, base }: GroupBase): Promise<FrameKeyResult> {
    const baseNumber = generation * groupNumberLimit + step;
    const held = baseNumber < this.#told ? null : await this.#baseOf(baseNumber);
    const isOther = held?.some((byte, at) => byte !== base[at]) ?? false;
    if (baseNumber < this.#told || isOther) {
      base.fill(0);
      return 'oldKey';
    }
    if (baseNumber === this.#told) {
      base.fill(0);
      return 'taken';
    }
    this.#told = baseNumber;
    const top = this.#tops.get(generation);
    const isNewest = top === undefined || baseNumber > top;
    if (isNewest && held === null) this.#bases.set(baseNumber, base);
    else base.fill(0);
    if (isNewest) this.#tops.set(generation, baseNumber);
    else this.#retire();
    if (top === undefined) this.#await(generation, delayMs);
    else this.#sealWithNewest();
    return 'taken';
  }

  /** A generation is sealed with after its delay; the first one at once. */
  #await(generation: number, delayMs: number): void {
    const isDue = (): void => {
      this.#dueGeneration = Math.max(this.#dueGeneration, generation);
      this.#sealWithNewest();
    };
    if (this.#dueGeneration < 0) isDue();
    else this.#later(delayMs, isDue);
  }

  #takeParticipant(participant: GroupParticipant): FrameKeyResult {
    const { ordinal, isSelf, sender } = participant;
    const known = this.#self?.ordinal === ordinal ? this.#self : this.#participants.get(ordinal);
    if (known !== undefined) {
      const isSame = known.isSelf === isSelf && known.sender.every((byte, at) => byte === sender[at]);
      return isSame ? 'taken' : 'oldKey';
    }
    if (this.#gone.has(ordinal) || (isSelf && this.#self !== null)) return 'oldKey';
    if (isSelf) {
      this.#self = participant;
      this.#changeSealer();
    } else {
      if (this.#participants.size >= maxParticipants) return 'tooMany';
      this.#participants.set(ordinal, participant);
    }
    return 'taken';
  }

  #takeGone(ordinal: number): FrameKeyResult {
    this.#gone.add(ordinal);
    this.#participants.delete(ordinal);
    this.#removeKeys((kid) => ordinalOf(kid) === ordinal);
    if (this.#self?.ordinal === ordinal) this.#changeSealer();
    return 'taken';
  }

  #sealWithNewest(): void {
    const newest = this.#tops.get(this.#dueGeneration);
    if (newest === undefined || newest <= this.#sealing) return;
    this.#sealing = newest;
    this.#changeSealer();
    this.#retire();
  }

  /**
   * What is below the base that seals opens for a while still, and longer where it was not told yet: a newcomer begins with what
   * was told, whatever anybody seals with.
   */
  #retire(): void {
    const lowest = Math.min(this.#sealing, this.#told);
    this.#later(oldKeyLifetimeMs, () => this.#forgetBelow(lowest));
  }

  /** The one before seals until the new one is there. */
  #changeSealer(): void {
    const self = this.#self;
    const baseNumber = this.#sealing;
    const base = this.#bases.get(baseNumber);
    if (self === null || base === undefined) return;
    if (this.#gone.has(self.ordinal)) {
      this.#sealer = null;
      return;
    }
    const kid = (BigInt(baseNumber) << ordinalBits) | BigInt(self.ordinal);
    void expandBlock(base, senderLabel, self.sender).then(async (baseKey) => {
      const sealer = await createFrameSealer({ suite: frameSuite, kid, baseKey });
      baseKey.fill(0);
      // One that is not the newest any more has sealed nothing, and never will.
      if (this.#sealing === baseNumber && !this.#gone.has(self.ordinal)) this.#sealer = sealer;
    });
  }

  #isAhead(kid: bigint): boolean {
    const baseNumber = baseNumberOf(kid);
    const top = this.#tops.get(generationOf(baseNumber));
    return top !== undefined && baseNumber > top;
  }

  /** Without any derivation: whether there is a participant, and a base or one below it that is near enough. */
  #mayDerive(kid: bigint): boolean {
    if (!this.#participants.has(ordinalOf(kid))) return false;
    if (this.#isAhead(kid)) return this.#isWithinReach(baseNumberOf(kid)) && this.#trialsLeft > 0;
    return this.#bases.has(baseNumberOf(kid));
  }

  #isWithinReach(baseNumber: number): boolean {
    return generationOf(baseNumber) === generationOf(this.#told) && baseNumber - this.#told <= maxStepsAhead;
  }

  async #addKey(kid: bigint): Promise<void> {
    if (this.#kids.has(kid) || !this.#mayDerive(kid)) return;
    const isTrial = this.#isAhead(kid);
    if (isTrial) this.#countTrial();
    const baseNumber = baseNumberOf(kid);
    const base = await this.#baseOf(baseNumber);
    const participant = this.#participants.get(ordinalOf(kid));
    if (base === null || participant === undefined) return;
    const baseKey = await expandBlock(base, senderLabel, participant.sender);
    await this.#opener.addKey(kid, baseKey);
    baseKey.fill(0);
    this.#kids.add(kid);
    // Meanwhile both may have gone.
    if (this.#bases.get(baseNumber) !== base || !this.#participants.has(participant.ordinal)) {
      this.#removeKeys((other) => other === kid);
      return;
    }
    if (isTrial && this.#isAhead(kid)) this.#trials.add(kid);
    this.#makeRoom();
  }

  #countTrial(): void {
    if (this.#trialsLeft === maxTrialsPerSecond) {
      this.#later(1000, () => {
        this.#trialsLeft = maxTrialsPerSecond;
      });
    }
    this.#trialsLeft--;
  }

  /** Where it is not held, from the nearest one below it by as many steps. Those between stay: somebody may be there still. */
  async #baseOf(baseNumber: number): Promise<Bytes | null> {
    const generation = generationOf(baseNumber);
    let at = -1;
    for (const held of this.#bases.keys()) {
      if (held > at && held <= baseNumber && generationOf(held) === generation) at = held;
    }
    let base = this.#bases.get(at);
    if (base === undefined || baseNumber - at > 2 * maxStepsAhead) return null;
    while (at < baseNumber) {
      base = await expandBlock(base, stepLabel);
      this.#bases.set(++at, base);
    }
    return base;
  }

  /** What opened nothing may come again; of the others whole bases go, so that none of their keys does. */
  #makeRoom(): void {
    for (const kid of this.#trials) {
      if (this.#trials.size <= maxTrialsPerSecond) break;
      this.#removeKeys((other) => other === kid);
    }
    while (this.#kids.size > maxGroupKeys) this.#forgetBelow(Math.min(...this.#bases.keys()) + 1);
  }

  #forgetBelow(baseNumber: number): void {
    for (const [held, base] of this.#bases) {
      if (held >= baseNumber) continue;
      base.fill(0);
      this.#bases.delete(held);
    }
    this.#removeKeys((kid) => baseNumberOf(kid) < baseNumber);
  }

  #removeKeys(isMeant: (kid: bigint) => boolean): void {
    for (const kid of this.#kids) {
      if (!isMeant(kid)) continue;
      this.#opener.removeKey(kid);
      this.#kids.delete(kid);
      this.#trials.delete(kid);
    }
  }

  /** Derivations go one after the other: none is done twice. */
  #inTurn<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

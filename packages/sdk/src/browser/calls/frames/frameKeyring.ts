/**
 * The keys of one join in the frame worker. Of a call between two: one that seals, and the other side's, of which the newest
 * stays and those before it open for ten seconds more. Of a group call: what `GroupKeys` makes. KIDs only go up: a key that was
 * used before does not come back, because its counter would begin again, or its frames could be replayed.
 */
import {
  clearBytes,
  createFrameOpener,
  createFrameSealer,
  decodeHeader,
  type Failed,
  type FrameCodec,
  type FrameOpener,
  type FrameSealer,
  type OpenFailure,
  type OpenResult,
} from '@sotto/sframe';
import type { FrameKey, SenderFrameKey } from '../../../calls/frameKey.ts';
import type { FrameKeyResult } from './frameMessages.ts';
import { GroupKeys, ordinalOf } from './groupKeys.ts';
import { frameSuite, type Later, oldKeyLifetimeMs } from './keyRules.ts';

interface Newest {
  readonly kid: bigint;
  /** Tells whether a key is the same without keeping it. */
  readonly print: string;
}

type OpenForResult = OpenResult | Failed<OpenFailure | 'otherSender'>;

export class FrameKeyring {
  readonly #opener: FrameOpener = createFrameOpener({ suite: frameSuite });
  readonly #later: Later;
  #sealer: FrameSealer | null = null;
  readonly #newest: Record<SenderFrameKey['use'], Newest | null> = { seals: null, opens: null };
  /** Null in a call between two, and before the first key. */
  #group: GroupKeys | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(later: Later) {
    this.#later = later;
  }

  /** Null: nothing may be sent. */
  get sealer(): FrameSealer | null {
    return this.#group === null ? this.#sealer : this.#group.sealer;
  }

  /** Which keys are there to open with. */
  get kids(): readonly bigint[] {
    return this.#opener.kids;
  }

  /**
   * One key after the other, in the order of the calls; wipes what it was given, once it is of no use. The same key again does
   * nothing. `oldKey`: refused, because its KID is not above all of that use before it. `malformed`: it is for the other kind of
   * call.
   */
  take(key: FrameKey): Promise<FrameKeyResult> {
    const result = this.#last.then(() => {
      const isForGroup = key.kind !== 'sender';
      const isOther = isForGroup
        ? this.#newest.seals !== null || this.#newest.opens !== null
        : this.#group !== null;
      if (isOther) return 'malformed';
      if (!isForGroup) return this.#takeSenderKey(key);
      this.#group ??= new GroupKeys(this.#opener, this.#later);
      return this.#group.take(key);
    });
    this.#last = result;
    return result;
  }

  /** `expected`: the only participant of a group call whose frames are opened; null for anyone's. */
  async open(codec: FrameCodec, frame: Uint8Array, expected: number | null): Promise<OpenForResult> {
    const group = this.#group;
    if (group === null) return this.#opener.openMedia(codec, frame);
    const kid = readKid(codec, frame);
    if (kid !== null) {
      if (expected !== null && ordinalOf(kid) !== expected) return { kind: 'failed', reason: 'otherSender' };
      await group.supply(kid);
    }
    const result = await this.#opener.openMedia(codec, frame);
    if (result.kind === 'opened') group.opened(result.kid);
    return result;
  }

  /** Whose the key with this KID is; null in a call between two. */
  ordinalOf(kid: bigint): number | null {
    return this.#group === null ? null : ordinalOf(kid);
  }

  async #takeSenderKey({ use, kid, baseKey }: SenderFrameKey): Promise<FrameKeyResult> {
    const print = await printOf(baseKey);
    const newest = this.#newest[use];
    if (newest !== null && kid <= newest.kid) {
      baseKey.fill(0);
      return kid === newest.kid && print === newest.print ? 'taken' : 'oldKey';
    }
    if (use === 'seals') {
      this.#sealer = await createFrameSealer({ suite: frameSuite, kid, baseKey });
    } else {
      await this.#opener.addKey(kid, baseKey);
      if (newest !== null) this.#later(oldKeyLifetimeMs, () => this.#opener.removeKey(newest.kid));
    }
    baseKey.fill(0);
    this.#newest[use] = { kid, print };
    return 'taken';
  }
}

function readKid(codec: FrameCodec, frame: Uint8Array): bigint | null {
  const size = clearBytes(codec, frame);
  return size === null ? null : (decodeHeader(frame.subarray(size))?.kid ?? null);
}

async function printOf(key: Uint8Array<ArrayBuffer>): Promise<string> {
  return String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', key)));
}

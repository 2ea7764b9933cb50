import type { CipherSuite } from '@sotto/primitives';
import { type EpochFrame, epochFrame } from '../framing/epochFrame.ts';
import { type DerivedEpoch, deriveEpoch, epochSecretOf, joinerSecretOf } from '../schedule/keySchedule.ts';
import { newSecretTree } from '../schedule/secretTree.ts';
import {
  confirmationTagOf,
  confirmedTranscriptHash,
  interimTranscriptHash,
} from '../schedule/transcriptHash.ts';
import type { FramedContent } from '../structs/framedContent.ts';
import type { GroupContext } from '../structs/groupContext.ts';
import type { ReInit } from '../structs/proposal.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';
import type { GroupState } from './types.ts';

/** From a commit to the epoch it begins (RFC 9420 §8, §12.4.1, §12.4.2). */

export interface EpochInput {
  /** GroupContext of the new epoch, still with the confirmed transcript hash of the old. */
  readonly provisionalContext: GroupContext;
  readonly interimBefore: Uint8Array;
  readonly wireFormat: number;
  readonly content: FramedContent;
  readonly signature: Uint8Array;
  readonly initSecret: Uint8Array;
  readonly commitSecret: Uint8Array;
  readonly pskSecret: Uint8Array;
}

export interface EnteredEpoch {
  readonly groupContext: GroupContext;
  readonly frame: EpochFrame;
  readonly joinerSecret: Uint8Array;
  readonly derived: DerivedEpoch;
  readonly confirmationTag: Uint8Array;
}

export function enterEpoch(suite: CipherSuite, input: EpochInput): EnteredEpoch {
  const groupContext: GroupContext = {
    ...input.provisionalContext,
    confirmedTranscriptHash: confirmedTranscriptHash(
      suite,
      input.interimBefore,
      input.wireFormat,
      input.content,
      input.signature,
    ),
  };
  const frame = epochFrame(groupContext);
  const joinerSecret = joinerSecretOf(suite, input.initSecret, input.commitSecret, frame.groupContextBytes);
  const epochSecret = epochSecretOf(suite, joinerSecret, input.pskSecret, frame.groupContextBytes);
  const derived = deriveEpoch(suite, epochSecret);
  const { confirmedTranscriptHash: confirmed } = groupContext;
  const confirmationTag = confirmationTagOf(suite, derived.confirmationKey, confirmed);
  derived.confirmationKey.fill(0);
  return { groupContext, frame, joinerSecret, derived, confirmationTag };
}

export interface StateInput {
  readonly groupContext: GroupContext;
  readonly frame: EpochFrame;
  readonly derived: DerivedEpoch;
  readonly confirmationTag: Uint8Array;
  readonly tree: RatchetTree;
  readonly ownLeafIndex: number;
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
  readonly reInit: ReInit | null;
}

/** The state of an epoch that has just begun. */
export function stateOf(suite: CipherSuite, input: StateInput): GroupState {
  const { groupContext, confirmationTag, tree } = input;
  return {
    kind: 'active',
    suite,
    groupContext,
    ownLeafIndex: input.ownLeafIndex,
    tree,
    own: {
      frame: input.frame,
      secrets: input.derived.secrets,
      secretTree: newSecretTree(input.derived.encryptionSecret, tree.leafCount),
      privateKeys: input.privateKeys,
      confirmationTag,
      interimTranscriptHash: interimTranscriptHash(
        suite,
        groupContext.confirmedTranscriptHash,
        confirmationTag,
      ),
      storedProposals: [],
      reInit: input.reInit,
      life: { erased: false },
    },
  };
}

/** A state with some of its own half replaced. */
export function withOwn(state: GroupState, changes: Partial<GroupState['own']>): GroupState {
  return { ...state, own: { ...state.own, ...changes, life: { erased: false } } };
}

/** Throws where the caller uses a state it has erased: a defect, not an input. */
export function checkUsable(state: GroupState): void {
  if (state.own.life.erased) throw new Error('this group state has been erased');
}

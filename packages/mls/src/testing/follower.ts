import type { CipherSuite } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import {
  decodeGroupState,
  encodePrivateState,
  encodePublicTree,
  epochAuthenticator,
  type GroupState,
  unprotect,
} from '../index.ts';
import { decryptWithLabel, deriveSecret } from '../labels/labels.ts';
import { deriveEpoch, epochSecretOf, joinerSecretOf, openExternalInit } from '../schedule/keySchedule.ts';
import type { Commit } from '../structs/commit.ts';
import { writeGroupContext } from '../structs/groupContext.ts';
import { readMlsMessage } from '../structs/mlsMessage.ts';
import { nodeKeys } from '../tree/sealPath.ts';
import { accepted, toHex } from './bytes.ts';
import { policy } from './device.ts';
import { pretending } from './forge.ts';

/**
 * Somebody who holds states that members had once, sees everything that is sent in the open, and tries to derive the
 * epochs that come: with each key it holds on each ciphertext, without a path secret, and with each init secret. It
 * follows no rule of the engine, so what it cannot do, no engine lets it do.
 */
export class Follower {
  readonly #suite: CipherSuite;
  readonly #states: GroupState[] = [];
  #keys: Uint8Array[] = [];
  #initSecrets: Uint8Array[] = [];
  #externalSecrets: Uint8Array[] = [];

  constructor(suite: CipherSuite) {
    this.#suite = suite;
  }

  /** Takes all there is, as it would be found in storage. */
  static with(...victims: readonly GroupState[]): Follower {
    const follower = new Follower(victims[0]!.suite);
    for (const victim of victims) follower.steal(victim);
    return follower;
  }

  steal(victim: GroupState): void {
    const stored = [encodePrivateState(victim), encodePublicTree(victim)] as const;
    const state = accepted(decodeGroupState(this.#suite, ...stored));
    this.#states.push(state);
    this.#keys.push(...state.own.privateKeys.values());
    this.#learn(state.own.secrets);
  }

  #learn(secrets: { readonly initSecret: Uint8Array; readonly externalSecret: Uint8Array }): void {
    this.#initSecrets.push(secrets.initSecret);
    this.#externalSecrets.push(secrets.externalSecret);
  }

  /**
   * Whether the epoch that a commit (PublicMessage) has led to can be derived. `before` and `after` are a member's
   * states: of them only what is public is used, and the epoch authenticator to compare with.
   */
  async follows(commitMessage: Uint8Array, before: GroupState, after: GroupState): Promise<boolean> {
    const suite = this.#suite;
    const commit = commitOf(commitMessage);
    const provisional = {
      ...after.groupContext,
      confirmedTranscriptHash: before.groupContext.confirmedTranscriptHash,
    };
    const commitSecrets = [new Uint8Array(suite.kdf.size), ...(await this.#openPath(commit, provisional))];
    const initSecrets = [...this.#initSecrets, ...(await this.#openExternalInit(commit))];
    const context = encodeWith(after.groupContext, writeGroupContext);
    const noPsk = new Uint8Array(suite.kdf.size);
    const wanted = toHex(epochAuthenticator(after));
    for (const initSecret of initSecrets) {
      for (const commitSecret of commitSecrets) {
        const joiner = joinerSecretOf(suite, initSecret, commitSecret, context);
        const { secrets } = deriveEpoch(suite, epochSecretOf(suite, joiner, noPsk, context));
        if (toHex(secrets.epochAuthenticator) !== wanted) continue;
        this.#learn(secrets);
        return true;
      }
    }
    return false;
  }

  /** Every secret that can be opened, and all that follow from it upwards. */
  async #openPath(commit: Commit, context: GroupState['groupContext']): Promise<Uint8Array[]> {
    const suite = this.#suite;
    const contextBytes = encodeWith(context, writeGroupContext);
    const found: Uint8Array[] = [];
    for (const node of commit.path?.nodes ?? []) {
      for (const sealed of node.encryptedPathSecrets) {
        for (const key of this.#keys.slice()) {
          let secret = await decryptWithLabel(suite, key, 'UpdatePathNode', contextBytes, sealed);
          if (secret === null) continue;
          for (let step = 0; step <= commit.path!.nodes.length; step++) {
            found.push(secret);
            this.#keys.push((await nodeKeys(suite, secret)).privateKey);
            secret = deriveSecret(suite, secret, 'path');
          }
        }
      }
    }
    return found;
  }

  async #openExternalInit(commit: Commit): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (const item of commit.proposals) {
      if (item.kind !== 'proposal' || item.proposal.kind !== 'externalInit') continue;
      for (const secret of this.#externalSecrets) {
        const opened = await openExternalInit(this.#suite, secret, item.proposal.kemOutput);
        if (opened !== null) found.push(opened);
      }
    }
    return found;
  }

  /** Whether a message of the epoch of `now` opens in any stolen state, also where that lies about its epoch. */
  async reads(message: Uint8Array, now: GroupState): Promise<boolean> {
    for (const state of this.#states) {
      const lying = pretending(state, { epoch: now.groupContext.epoch });
      for (const tried of [state, lying, { ...lying, tree: now.tree }]) {
        if ((await unprotect(tried, message, policy)).kind !== 'refused') return true;
      }
    }
    return false;
  }
}

function commitOf(message: Uint8Array): Commit {
  const decoded = decodeWith(message, readMlsMessage);
  if (decoded.kind !== 'publicMessage') throw new Error('not a PublicMessage');
  const { content } = decoded.publicMessage.content;
  if (content.kind !== 'commit') throw new Error('not a commit');
  return content.commit;
}

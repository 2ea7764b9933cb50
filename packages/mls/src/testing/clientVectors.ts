import type { CipherSuite } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { referenceOf } from '../group/keyPackage.ts';
import { openWelcome } from '../group/stageWelcome.ts';
import {
  decodeGroupState,
  encodePrivateState,
  encodePublicTree,
  epochAuthenticator,
  eraseSuperseded,
  type GroupState,
  merge,
  mergeJoin,
  type OwnKeyPackage,
  type PskLookup,
  resumptionPsk,
  stageWelcome,
  type UnprotectOptions,
  unprotect,
} from '../index.ts';
import { verifyWithLabel } from '../labels/labels.ts';
import { writeGroupInfoTbs } from '../structs/groupInfo.ts';
import { readMlsMessage } from '../structs/mlsMessage.ts';
import { accepted, check, checkHex, fromHex, toHex } from './bytes.ts';
import type { PassiveClientVector, WelcomeVector } from './vectorTypes.ts';

function ownKeyPackageOf(
  suite: CipherSuite,
  hex: string,
  initPrivateKey: Uint8Array,
  leafPrivateKey: Uint8Array,
): OwnKeyPackage {
  const bytes = fromHex(hex);
  const message = decodeWith(bytes, readMlsMessage);
  check(message.kind === 'keyPackage', 'KeyPackage');
  const { keyPackage } = message;
  const reference = referenceOf(suite, keyPackage);
  return { kind: 'ownKeyPackage', keyPackage, bytes, reference, initPrivateKey, leafPrivateKey };
}

export async function checkWelcome(suite: CipherSuite, vector: WelcomeVector): Promise<void> {
  const initKey = fromHex(vector.init_priv);
  const keyPackage = ownKeyPackageOf(suite, vector.key_package, initKey, new Uint8Array(0));
  const opened = await openWelcome(suite, { welcome: fromHex(vector.welcome), keyPackage });
  const tbs = encodeWith(opened.info, writeGroupInfoTbs);
  const signerKey = fromHex(vector.signer_pub);
  const { signature } = opened.info;
  check(await verifyWithLabel(suite, signerKey, 'GroupInfoTBS', tbs, signature), 'GroupInfo signature');
  checkHex(opened.confirmationTag, toHex(opened.info.confirmationTag), 'confirmation tag');
}

function reload(suite: CipherSuite, state: GroupState): GroupState {
  return accepted(decodeGroupState(suite, encodePrivateState(state), encodePublicTree(state)));
}

/**
 * Joins and follows all epochs. The state goes through its encoding at each step, and superseded states are
 * erased, so a secret erased too early or forgotten by the encoding is found here.
 */
export async function checkPassiveClient(suite: CipherSuite, vector: PassiveClientVector): Promise<void> {
  const resumption = new Map<bigint, Uint8Array>();
  const psks: PskLookup = (name) => {
    if (name.kind === 'resumption') return resumption.get(name.epoch) ?? null;
    const found = vector.external_psks.find((psk) => psk.psk_id === toHex(name.pskId));
    return found === undefined ? null : fromHex(found.psk);
  };
  const keyPackage = ownKeyPackageOf(
    suite,
    vector.key_package,
    fromHex(vector.init_priv),
    fromHex(vector.encryption_priv),
  );
  const tree = vector.ratchet_tree === null ? {} : { ratchetTree: fromHex(vector.ratchet_tree) };
  const join = accepted(
    await stageWelcome(suite, { welcome: fromHex(vector.welcome), keyPackage, psks, ...tree }),
  );
  let state = mergeJoin(join);
  checkHex(epochAuthenticator(state), vector.initial_epoch_authenticator, 'first epoch authenticator');
  // The vectors' KeyPackages were made in 2023 and live for ever.
  const options: UnprotectOptions = {
    nowMs: Date.UTC(2023, 6, 1),
    maxLifetimeSeconds: Number.POSITIVE_INFINITY,
    allowProposalReferences: true,
    psks,
  };
  for (const [index, epoch] of vector.epochs.entries()) {
    resumption.set(state.groupContext.epoch, resumptionPsk(state));
    for (const proposal of epoch.proposals) {
      const received = accepted(await unprotect(state, fromHex(proposal), options));
      check(received.kind === 'proposal', `proposal of step ${index}`);
      eraseSuperseded(state, received.state);
      state = reload(suite, received.state);
    }
    const staged = accepted(await unprotect(state, fromHex(epoch.commit), options));
    check(staged.kind === 'stagedCommit', `commit of step ${index}`);
    const next = merge(staged);
    check(next.kind === 'active', `still a member at step ${index}`);
    eraseSuperseded(state, next);
    state = reload(suite, next);
    checkHex(epochAuthenticator(state), epoch.epoch_authenticator, `authenticator of step ${index}`);
  }
}

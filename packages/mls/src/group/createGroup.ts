import type { CipherSuite } from '@sotto/primitives';
import { epochFrame } from '../framing/epochFrame.ts';
import { emptyBytes } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { ensure, type Refused, settle } from '../refusal.ts';
import { deriveEpoch } from '../schedule/keySchedule.ts';
import { confirmationTagOf } from '../schedule/transcriptHash.ts';
import { protocolVersion } from '../structs/registry.ts';
import { singleLeafTree } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import { stateOf } from './epoch.ts';
import { checkGroupExtensions } from './groupExtensions.ts';
import { nowhere, signLeafNode } from './keyPackage.ts';
import { checkGroupCapabilities, checkLeafContents } from './leafChecks.ts';
import type { CreateGroupOptions, GroupState, Signer } from './types.ts';

/** A group of one, in epoch 0 (RFC 9420 §11). Nothing is sent. */
export function createGroup(
  suite: CipherSuite,
  signer: Signer,
  options: CreateGroupOptions,
): Promise<GroupState | Refused> {
  return settle(async () => {
    ensure(options.groupId.length <= limits.maxIdBytes, 'MLS-P-08');
    const extensions = options.groupExtensions ?? [];
    checkGroupExtensions(extensions);
    const keys = await suite.hpke.generateKeyPair();
    const source = { kind: 'keyPackage', lifetime: options.lifetime } as const;
    const leaf = await signLeafNode(suite, signer, options, keys.publicKey, source, nowhere);
    await checkLeafContents(suite, leaf);
    const tree = singleLeafTree(leaf);
    checkGroupCapabilities(tree, extensions);
    const groupContext = {
      version: protocolVersion,
      cipherSuite: suite.id,
      groupId: options.groupId.slice(),
      epoch: 0n,
      treeHash: treeHash(suite, tree),
      confirmedTranscriptHash: emptyBytes,
      extensions,
    };
    const derived = deriveEpoch(suite, suite.randomBytes(suite.kdf.size));
    const confirmationTag = confirmationTagOf(suite, derived.confirmationKey, emptyBytes);
    derived.confirmationKey.fill(0);
    return stateOf(suite, {
      groupContext,
      frame: epochFrame(groupContext),
      derived,
      confirmationTag,
      tree,
      ownLeafIndex: 0,
      privateKeys: new Map([[0, keys.privateKey]]),
      reInit: null,
    });
  });
}

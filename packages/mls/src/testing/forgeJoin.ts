import type { CipherSuite } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import type { Signer } from '../group/types.ts';
import { emptyBytes, encryptWithLabel, signWithLabel } from '../labels/labels.ts';
import {
  deriveEpoch,
  epochSecretOf,
  externalKeys,
  welcomeKeys,
  welcomeSecretOf,
} from '../schedule/keySchedule.ts';
import { type PreSharedKey, pskSecretOf } from '../schedule/pskSecret.ts';
import { confirmationTagOf } from '../schedule/transcriptHash.ts';
import type { Extension } from '../structs/extension.ts';
import { type GroupContext, writeGroupContext } from '../structs/groupContext.ts';
import { type GroupInfo, writeGroupInfo, writeGroupInfoTbs } from '../structs/groupInfo.ts';
import type { KeyPackage } from '../structs/keyPackage.ts';
import type { LeafNode } from '../structs/leafNode.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import { extensionTypes } from '../structs/registry.ts';
import { writeGroupSecrets } from '../structs/welcome.ts';
import { type RatchetTree, singleLeafTree, TreeEditor } from '../tree/ratchetTree.ts';
import { encodeRatchetTree } from '../tree/ratchetTreeCodec.ts';
import { treeHash } from '../tree/treeHash.ts';

/** Welcome and GroupInfo of a malicious member: about any tree and GroupContext it likes, and sealed correctly. */
export interface JoinForgery {
  readonly tree: RatchetTree;
  readonly signerLeaf: number;
  /** `treeHash` is that of the tree unless given. */
  readonly context: Partial<GroupContext>;
  readonly extensions?: readonly Extension[];
  readonly changeInfo?: (info: GroupInfo) => GroupInfo;
  readonly confirmationTag?: (tag: Uint8Array) => Uint8Array;
  readonly psks?: readonly PreSharedKey[];
  readonly joinerSecret?: Uint8Array;
  readonly pathSecret?: Uint8Array;
  /** KeyPackageRef that the secrets are said to be for. */
  readonly newMember?: Uint8Array;
  /** Seals the GroupInfo under the key of this secret. */
  readonly welcomeSecret?: Uint8Array;
  readonly cipherSuite?: number;
}

export interface ForgedJoin {
  readonly welcome: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array;
}

export async function forgeJoin(
  suite: CipherSuite,
  signer: Signer,
  base: GroupContext,
  keyPackage: KeyPackage,
  reference: Uint8Array,
  forgery: JoinForgery,
): Promise<ForgedJoin> {
  const groupContext = { ...base, treeHash: treeHash(suite, forgery.tree), ...forgery.context };
  const joinerSecret = forgery.joinerSecret ?? suite.randomBytes(suite.kdf.size);
  const psks = forgery.psks ?? [];
  const pskSecret = pskSecretOf(suite, psks);
  const contextBytes = encodeWith(groupContext, writeGroupContext);
  const derived = deriveEpoch(suite, epochSecretOf(suite, joinerSecret, pskSecret, contextBytes));
  const tag = confirmationTagOf(suite, derived.confirmationKey, groupContext.confirmedTranscriptHash);
  const { publicKey } = await externalKeys(suite, derived.secrets.externalSecret);
  const unsigned = {
    groupContext,
    extensions: forgery.extensions ?? [
      { type: extensionTypes.externalPub, data: encodeWith(publicKey, (writer, key) => writer.opaque(key)) },
    ],
    confirmationTag: forgery.confirmationTag?.(tag) ?? tag,
    signer: forgery.signerLeaf,
  };
  const signature = await signWithLabel(signer, 'GroupInfoTBS', encodeWith(unsigned, writeGroupInfoTbs));
  const info = forgery.changeInfo?.({ ...unsigned, signature }) ?? { ...unsigned, signature };

  const { key, nonce } = welcomeKeys(
    suite,
    forgery.welcomeSecret ?? welcomeSecretOf(suite, joinerSecret, pskSecret),
  );
  const encryptedGroupInfo = await suite.aead.seal(key, nonce, emptyBytes, encodeWith(info, writeGroupInfo));
  const secrets = { joinerSecret, pathSecret: forgery.pathSecret ?? null, psks: psks.map(({ id }) => id) };
  const secretBytes = encodeWith(secrets, writeGroupSecrets);
  const encryptedGroupSecrets = await encryptWithLabel(
    suite,
    keyPackage.initKey,
    'Welcome',
    encryptedGroupInfo,
    secretBytes,
  );
  const newMember = forgery.newMember ?? reference;
  return {
    welcome: encodeMlsMessage({
      kind: 'welcome',
      welcome: {
        cipherSuite: forgery.cipherSuite ?? suite.id,
        secrets: [{ newMember, encryptedGroupSecrets }],
        encryptedGroupInfo,
      },
    }),
    groupInfo: encodeMlsMessage({ kind: 'groupInfo', groupInfo: info }),
    ratchetTree: encodeRatchetTree(forgery.tree),
  };
}

/** A tree of these leaves and no parents, as after a commit that only adds. */
export function treeOfLeaves(leaves: readonly LeafNode[]): TreeEditor {
  const tree = new TreeEditor(singleLeafTree(leaves[0]!));
  for (const leaf of leaves.slice(1)) tree.add(leaf);
  return tree;
}

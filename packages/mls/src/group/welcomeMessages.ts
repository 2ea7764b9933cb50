import type { CipherSuite } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { emptyBytes, encryptWithLabel } from '../labels/labels.ts';
import { manyMembers, Pace, takeTurns } from '../pace.ts';
import { welcomeKeys, welcomeSecretOf } from '../schedule/keySchedule.ts';
import { type GroupInfo, writeGroupInfo } from '../structs/groupInfo.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import type { PreSharedKeyId } from '../structs/preSharedKeyId.ts';
import { type EncryptedGroupSecrets, writeGroupSecrets } from '../structs/welcome.ts';
import type { FreshPath } from '../tree/sealPath.ts';
import { commonAncestor } from '../tree/treeMath.ts';
import type { AppliedProposals } from './applyProposals.ts';
import { referenceOf } from './keyPackage.ts';
import type { WelcomeMessage } from './types.ts';

export interface WelcomeInput {
  readonly groupInfo: GroupInfo;
  readonly joinerSecret: Uint8Array;
  readonly pskSecret: Uint8Array;
  readonly psks: readonly PreSharedKeyId[];
  readonly added: AppliedProposals['added'];
  readonly fresh: FreshPath | null;
  readonly committerLeaf: number;
  readonly mode: 'split' | 'joint';
}

/** Welcome messages for those a commit adds (RFC 9420 §12.4.3.1): one for each, or one for all. */
export async function sealWelcomes(suite: CipherSuite, input: WelcomeInput): Promise<WelcomeMessage[]> {
  if (input.added.length === 0) return [];
  const welcomeSecret = welcomeSecretOf(suite, input.joinerSecret, input.pskSecret);
  const { key, nonce } = welcomeKeys(suite, welcomeSecret);
  const plain = encodeWith(input.groupInfo, writeGroupInfo, 2048);
  const encryptedGroupInfo = await suite.aead.seal(key, nonce, emptyBytes, plain);
  welcomeSecret.fill(0);
  key.fill(0);

  const sealed: EncryptedGroupSecrets[] = [];
  const pace = new Pace();
  for (const { member, keyPackage } of input.added) {
    await pace.step();
    const groupSecrets = {
      joinerSecret: input.joinerSecret,
      pathSecret: pathSecretFor(input, member.leafIndex),
      psks: input.psks,
    };
    const secretBytes = encodeWith(groupSecrets, writeGroupSecrets);
    const encryptedGroupSecrets = await encryptWithLabel(
      suite,
      keyPackage.initKey,
      'Welcome',
      encryptedGroupInfo,
      secretBytes,
    );
    secretBytes.fill(0);
    sealed.push({ newMember: referenceOf(suite, keyPackage), encryptedGroupSecrets });
  }
  if (sealed.length >= manyMembers) await takeTurns();
  const groups = input.mode === 'joint' ? [sealed] : sealed.map((one) => [one]);
  return groups.map((secrets) => ({
    bytes: encodeMlsMessage({
      kind: 'welcome',
      welcome: { cipherSuite: suite.id, secrets, encryptedGroupInfo },
    }),
    keyPackageRefs: secrets.map((one) => one.newMember),
  }));
}

/** Path secret of the lowest node over committer and joiner; null where the commit has no path. */
function pathSecretFor(input: WelcomeInput, joinerLeaf: number): Uint8Array | null {
  if (input.fresh === null) return null;
  const ancestor = commonAncestor(input.committerLeaf, joinerLeaf);
  const at = input.fresh.steps.findIndex((step) => step.node === ancestor);
  return input.fresh.pathSecrets[at]!;
}

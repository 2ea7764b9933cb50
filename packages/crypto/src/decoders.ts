/** Every decoder of this package, for fuzzing: each returns, whatever the bytes, and never throws. */

import type { Provider } from '@sotto/primitives';
import { type AccountId, idFromBytes, VaultSchema } from '@sotto/protocol';
import { decodeChainBody } from './account/chainBody.ts';
import { decodeDeviceCredential } from './account/deviceCredential.ts';
import { parseRecoveryCode } from './account/recoveryCode.ts';
import { openFile } from './account/sealedFile.ts';
import { openVault } from './account/vault.ts';
import { decodeMessage } from './decodeMessage.ts';
import { openBody } from './envelope/body.ts';
import { unpad } from './envelope/padding.ts';
import { decodeMarks } from './group/commitMarks.ts';
import { decodeConversationGroup } from './group/conversationGroup.ts';
import { decodePrivatePart } from './group/keyPackages.ts';
import { decodePendingCommit } from './group/pendingCommit.ts';
import { decodePolicy } from './group/policy.ts';

export function createDecoders(provider: Provider): Record<string, (bytes: Uint8Array) => unknown> {
  const zeroKey = new Uint8Array(32);
  const accountId = idFromBytes<AccountId>(new Uint8Array(16))!;
  return {
    chainBody: (bytes) => decodeChainBody(provider, bytes),
    deviceCredential: decodeDeviceCredential,
    policy: decodePolicy,
    commitMarks: decodeMarks,
    paddedText: unpad,
    body: (bytes) => openBody(provider, zeroKey, bytes),
    keyPackagePrivatePart: (bytes) => decodePrivatePart(provider, bytes),
    pendingCommit: (bytes) => decodePendingCommit(provider, bytes),
    // The two parts of a stored group, cut at a place that the first bytes say.
    conversationGroup: (bytes) => {
      const cut = 2 + (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0));
      return decodeConversationGroup(provider, {
        privateState: bytes.subarray(2, cut),
        tree: bytes.subarray(cut),
      });
    },
    recoveryCode: (bytes) => parseRecoveryCode(provider, new TextDecoder().decode(bytes)),
    vault: (bytes) => {
      const vault = decodeMessage(VaultSchema, bytes);
      return vault && openVault(provider, accountId, vault, { kind: 'password', exportKey: zeroKey });
    },
    sealedFile: (bytes) => Array.fromAsync(openFile(provider, zeroKey, [bytes])),
  };
}

/** Every decoder of this package, for fuzzing: each returns, whatever the bytes, and never throws. */

import type { Provider } from '@sotto/primitives';
import { type AccountId, idFromBytes, type PasskeyId, VaultSchema } from '@sotto/protocol';
import { decodeChainBody } from './account/chainBody.ts';
import { decodeDeviceCredential } from './account/deviceCredential.ts';
import { openPasskeyLabel } from './account/passkey.ts';
import { parseRecoveryCode } from './account/recoveryCode.ts';
import { openFile } from './account/sealedFile.ts';
import { openVault } from './account/vault.ts';
import { decodeMessage } from './decodeMessage.ts';
import { openBody } from './envelope/body.ts';
import { unpad } from './envelope/padding.ts';
import { readAuthenticated } from './group/commitMarks.ts';
import { decodeDetails } from './group/details.ts';
import { decodeConversationGroup } from './group/groupRecords.ts';
import { decodeJoinProof } from './group/joinProof.ts';
import { decodePrivatePart } from './group/keyPackages.ts';
import { decodeNote } from './group/note.ts';
import { decodePendingCommit } from './group/pendingCommit.ts';
import { decodePolicy } from './group/policy.ts';
import type { GroupRecord, GroupSection, StoredGroup } from './group/types.ts';
import { decodeDepositContents } from './history/depositContents.ts';

export function createDecoders(provider: Provider): Record<string, (bytes: Uint8Array) => unknown> {
  const zeroKey = new Uint8Array(32);
  const accountId = idFromBytes<AccountId>(new Uint8Array(16))!;
  return {
    chainBody: (bytes) => decodeChainBody(provider, bytes),
    deviceCredential: decodeDeviceCredential,
    policy: decodePolicy,
    commitMarks: readAuthenticated,
    joinProof: decodeJoinProof,
    groupDetails: decodeDetails,
    note: decodeNote,
    depositContents: (bytes) => decodeDepositContents(bytes, 1n << 40n, 0n),
    paddedText: unpad,
    body: (bytes) => openBody(provider, zeroKey, bytes),
    keyPackagePrivatePart: (bytes) => decodePrivatePart(provider, bytes),
    pendingCommit: (bytes) => decodePendingCommit(provider, bytes, null),
    conversationGroup: (bytes) => decodeConversationGroup(provider, storedGroup(bytes)),
    recoveryCode: (bytes) => parseRecoveryCode(provider, new TextDecoder().decode(bytes)),
    vault: (bytes) => {
      const vault = decodeMessage(VaultSchema, bytes);
      return vault && openVault(provider, accountId, vault, { kind: 'password', exportKey: zeroKey });
    },
    passkeyLabel: (bytes) =>
      openPasskeyLabel(provider, zeroKey, accountId, idFromBytes<PasskeyId>(new Uint8Array(16))!, bytes),
    sealedFile: (bytes) => Array.fromAsync(openFile(provider, zeroKey, [bytes])),
  };
}

const sections: readonly GroupSection[] = ['core', 'tree', 'secrets', 'proposals'];

/** Two bytes say the suite; then records: section in one byte, index and size in two each, and the value. */
function storedGroup(bytes: Uint8Array): StoredGroup {
  const u16 = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const records: GroupRecord[] = [];
  for (let at = 2; at + 5 <= bytes.length; at += 5 + u16(at + 3)) {
    const value = bytes.slice(at + 5, at + 5 + u16(at + 3));
    records.push({ section: sections[bytes[at]! % sections.length]!, index: u16(at + 1), value });
  }
  return { suite: u16(0), records };
}

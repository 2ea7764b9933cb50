/**
 * Domain separation. Everything this package signs, hashes or derives begins with one of these labels, followed
 * at once by fields of fixed size and then at most one of free size. No label is the beginning of another (a test
 * checks it), so no two uses can have the same input; and none can be taken for an MLS label, which begins with a
 * length below 0x40 where these begin with "S" (0x53).
 */
import { concatBytes } from '@sotto/primitives';

export const labels = {
  // signatures
  chainEntry: 'Sotto 1 chain entry',
  deviceCredential: 'Sotto 1 device credential',
  authenticate: 'Sotto 1 authenticate',
  message: 'Sotto 1 message',
  signal: 'Sotto 1 signal',
  recover: 'Sotto 1 prove recovery',
  provePasskey: 'Sotto 1 prove passkey',
  reset: 'Sotto 1 reset identity',
  deposit: 'Sotto 1 deposit',
  severalDeposits: 'Sotto 1 several deposits',
  join: 'Sotto 1 join',
  note: 'Sotto 1 say beside a commit',
  // keys
  vaultSecrets: 'Sotto 1 vault secrets',
  vaultSlotKey: 'Sotto 1 vault slot key',
  vaultSlotCommitment: 'Sotto 1 vault slot commitment',
  vaultSlotWrap: 'Sotto 1 vault slot wrap',
  recoveryKey: 'Sotto 1 recovery key',
  passkeyKey: 'Sotto 1 passkey key',
  passkeyLabel: 'Sotto 1 passkey label',
  deviceLock: 'Sotto 1 device lock',
  deviceSecrets: 'Sotto 1 device secrets',
  deviceLabel: 'Sotto 1 device label',
  fileKey: 'Sotto 1 file key',
  fileCommitment: 'Sotto 1 file commitment',
  attachment: 'Sotto 1 attachment',
  bodyKey: 'Sotto 1 body key',
  bodyCommitment: 'Sotto 1 body commitment',
  keptKey: 'Sotto 1 kept key',
  pairingCode: 'Sotto 1 pairing code',
  pairingId: 'Sotto 1 pairing id',
  pairingOffer: 'Sotto 1 pairing offer',
  pairingAnswer: 'Sotto 1 pairing answer',
  pairingInfo: 'Sotto 1 pairing with a device',
  depositInfo: 'Sotto 1 history key for an account',
  inviteSigner: 'Sotto 1 invite signer',
  inviteKey: 'Sotto 1 invite key',
  invitePreview: 'Sotto 1 preview for an invite',
  joinRequest: 'Sotto 1 request to join',
  noteKey: 'Sotto 1 note',
  accountItem: 'Sotto 1 account item',
  accountSlot: 'Sotto 1 account slot',
  callSender: 'Sotto 1 call sender',
  callCode: 'Sotto 1 call code',
  callFrameKey: 'Sotto 1 call frame key',
  groupCallStep: 'Sotto 1 group call step',
  groupCallCheck: 'Sotto 1 group call check',
  groupCallShare: 'Sotto 1 group call share',
  // hashes
  vaultHash: 'Sotto 1 vault hash',
  recoveryChecksum: 'Sotto 1 recovery code',
  identityPin: 'Sotto 1 identity pin',
  passkeyId: 'Sotto 1 passkey id',
  credentialCache: 'Sotto 1 known credential',
} as const;
export type Label = keyof typeof labels;

const encoder = new TextEncoder();
const encoded = new Map<Label, Uint8Array>(
  Object.entries(labels).map(([name, text]) => [name as Label, encoder.encode(text)]),
);

/** The label's bytes, then `parts`. */
export function labelled(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(encoded.get(label)!, ...parts);
}

/** `value` as 8 bytes, big-endian. */
export function u64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

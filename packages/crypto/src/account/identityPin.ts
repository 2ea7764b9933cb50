/** What an invite says of who made it (spec/accounts.md, "Invites"). */
import type { Provider } from '@sotto/primitives';
import { idToBytes } from '@sotto/protocol';
import { labelled } from '../labels.ts';
import type { VerifiedChain } from './types.ts';

const identityPinSizeBytes = 16;

/** Stands for an account and its identity key: nobody can make another account with the same, 128 bits. */
export function identityPin(
  provider: Provider,
  { accountId, identityKey }: Pick<VerifiedChain, 'accountId' | 'identityKey'>,
): Uint8Array {
  const digest = provider.sha256(labelled('identityPin', idToBytes(accountId), identityKey));
  return digest.slice(0, identityPinSizeBytes);
}

/**
 * Deposits (spec/history.md, "Deposits"): an epoch's history key, or those of several, sealed to a member account's
 * history public key, and signed by the device that deposits it. Invariant: a key comes out only when a device that the depositor's chain once
 * listed signed that it is of this conversation and epoch and for this account.
 */
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import { type AccountId, type ConversationId, idToBytes, limits } from '@sotto/protocol';
import type { VerifiedChain } from '../account/types.ts';
import type { Deposit, DepositKeys, DepositRefusal, DeviceRef, OpenedDeposit, Self } from '../group/types.ts';
import { labelled, u64Bytes } from '../labels.ts';
import { decodeDepositContents, encodeDepositContents } from './depositContents.ts';

/**
 * Seals the history key (32 bytes) of an epoch to an account as its newest known chain has it; of several epochs, one of
 * `depositLots`.
 */
export async function createDeposit(
  provider: Provider,
  self: Self,
  key: DepositKeys & { readonly conversationId: ConversationId },
  recipient: Pick<VerifiedChain, 'accountId' | 'historyPublicKey'>,
): Promise<Deposit> {
  const { conversationId, epoch, earlier } = key;
  const firstEpoch = earlier?.at(-1)?.epoch;
  const header = { conversationId, epoch, ...(firstEpoch === undefined ? {} : { firstEpoch }) };
  const place = placeOf(header, recipient.accountId);
  const contents = encodeDepositContents(key);
  const { enc, ciphertext } = await provider.hpke.seal(
    recipient.historyPublicKey,
    labelled('depositInfo'),
    place,
    contents,
  );
  wipe(contents);
  const signature = await self.signingKey.sign(signedBytes(provider, header, place, enc, ciphertext));
  return { ...header, enc, sealed: ciphertext, signature };
}

/**
 * `chain`: of the account that the entry names as depositor. `historyPrivateKeys`: the recipient's, the newest first;
 * a key pair that was renewed since still opens what was sealed to it.
 */
export async function openDeposit(
  provider: Provider,
  recipient: { readonly accountId: AccountId; readonly historyPrivateKeys: readonly Uint8Array[] },
  deposit: Deposit,
  depositor: DeviceRef,
  chain: Pick<VerifiedChain, 'accountId' | 'everListed'>,
): Promise<OpenedDeposit | DepositRefusal> {
  const { enc, sealed, signature } = deposit;
  if (enc.length + sealed.length > limits.depositSizeBytes) return refused('malformed');
  const signatureKey =
    chain.accountId === depositor.accountId ? chain.everListed.get(depositor.deviceId) : undefined;
  if (signatureKey === undefined) return refused('unknown_sender');
  const place = placeOf(deposit, recipient.accountId);
  const claim = signedBytes(provider, deposit, place, enc, sealed);
  if (!(await provider.ed25519.verify(signatureKey, claim, signature))) return refused('invalid_signature');
  for (const privateKey of recipient.historyPrivateKeys) {
    const contents = await provider.hpke.open(privateKey, enc, labelled('depositInfo'), place, sealed);
    if (contents === null) continue;
    const { epoch, firstEpoch } = deposit;
    const keys = decodeDepositContents(contents, epoch, firstEpoch ?? epoch);
    wipe(contents);
    return keys === null ? refused('not_decryptable') : { kind: 'deposit', epoch, ...keys };
  }
  return refused('not_decryptable');
}

/** What a deposit is bound to; everything in it has a fixed size. */
function placeOf(
  { conversationId, epoch, firstEpoch }: Pick<Deposit, 'conversationId' | 'epoch' | 'firstEpoch'>,
  recipient: AccountId,
): Uint8Array {
  const place = concatBytes(idToBytes(conversationId), u64Bytes(epoch), idToBytes(recipient));
  return firstEpoch === undefined ? place : concatBytes(place, u64Bytes(firstEpoch));
}

function signedBytes(
  provider: Provider,
  { firstEpoch }: Pick<Deposit, 'firstEpoch'>,
  place: Uint8Array,
  enc: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const label = firstEpoch === undefined ? 'deposit' : 'severalDeposits';
  return labelled(label, place, provider.sha256(enc), provider.sha256(sealed));
}

function refused(reason: DepositRefusal['reason']): DepositRefusal {
  return { kind: 'refused', reason };
}

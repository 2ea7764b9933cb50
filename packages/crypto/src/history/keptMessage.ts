/**
 * Opening messages from history (spec/history.md, "Opening"): without the group, in any order. Invariant: content is
 * given out only when the device that the entry names was once listed by its account's chain and signed this content
 * for this conversation, epoch and transaction: as attributable as a message read live.
 */
import { type Provider, wipe } from '@sotto/primitives';
import type { VerifiedChain } from '../account/types.ts';
import { checkBodySize, messageKeySizeBytes } from '../envelope/body.ts';
import { openSigned } from '../envelope/message.ts';
import type { KeptMessage, KeptRefusal, KeptRefusalReason, OpenedKept } from '../group/types.ts';
import { keptNonceSizeBytes, keptSealedSizeBytes, openKept } from './keptWrap.ts';

/** `chain`: of the account that the entry names as its sender. */
export async function openKeptMessage(
  provider: Provider,
  historyKey: Uint8Array,
  message: KeptMessage,
  chain: Pick<VerifiedChain, 'accountId' | 'everListed'>,
): Promise<OpenedKept | KeptRefusal> {
  const { kept, body, sender } = message;
  const wrongSize = checkBodySize(body);
  if (wrongSize !== null) return refused(wrongSize);
  if (kept.nonce.length !== keptNonceSizeBytes || kept.sealed.length !== keptSealedSizeBytes) {
    return refused('malformed');
  }
  const signatureKey =
    chain.accountId === sender.accountId ? chain.everListed.get(sender.deviceId) : undefined;
  if (signatureKey === undefined) return refused('unknown_sender');
  const k = openKept(provider, historyKey, kept, message, provider.sha256(body));
  if (k === null || k.length !== messageKeySizeBytes) return refused('kept_not_decryptable');
  const content = await openSigned(provider, k, body, message, signatureKey);
  wipe(k);
  return typeof content === 'string' ? refused(content) : { kind: 'message', content };
}

function refused(reason: KeptRefusalReason): KeptRefusal {
  return { kind: 'refused', reason };
}

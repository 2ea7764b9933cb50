/**
 * Signals (spec/envelope.md, "Signals"): short, never stored, allowed to be lost, so they take nothing from the
 * message ratchet. The key comes from the group's exporter and serves one epoch; the sending device signs inside.
 */
import { exportSecret, memberAt } from '@sotto/mls';
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import { idToBytes, limits } from '@sotto/protocol';
import type {
  ConversationGroup,
  CryptoContext,
  DeviceRef,
  OpenedSignal,
  Self,
  SignalRefusal,
  SignalToOpen,
} from '../group/types.ts';
import { labelled, u64Bytes } from '../labels.ts';

/** Label for the MLS exporter (RFC 9420 §8.5). */
const exporterLabel = 'sotto signal';
const nonceSizeBytes = 24;
const signatureSizeBytes = 64;
const timeSizeBytes = 8;
const lengthSizeBytes = 2;
const headSizeBytes = timeSizeBytes + signatureSizeBytes + lengthSizeBytes;
const maxContentSizeBytes = 512;
/** Sizes are rounded up to this. */
const stepSizeBytes = 64;
const none = new Uint8Array(0);

/** Seals `content` (an encoded SignalContent). Throws a RangeError above 512 bytes. */
export async function sealSignal(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  content: Uint8Array,
): Promise<Uint8Array> {
  if (content.length > maxContentSizeBytes) throw new RangeError('The signal is too long');
  const { provider, nowMs } = context;
  const time = u64Bytes(BigInt(Math.floor(nowMs)));
  const signature = await self.signingKey.sign(signedBytes(group, self, time, content));
  const padded = new Uint8Array(Math.ceil((headSizeBytes + content.length) / stepSizeBytes) * stepSizeBytes);
  padded.set(time, 0);
  padded.set(signature, timeSizeBytes);
  new DataView(padded.buffer).setUint16(timeSizeBytes + signatureSizeBytes, content.length);
  padded.set(content, headSizeBytes);
  const key = signalKey(group);
  const nonce = provider.randomBytes(nonceSizeBytes);
  const payload = concatBytes(nonce, provider.xchacha20Poly1305.seal(key, nonce, none, padded));
  wipe(key, padded);
  return payload;
}

/**
 * Opens a signal of this epoch. A server can deliver one again while the epoch lasts: the caller drops a signal
 * whose `sentAtMs` is not above the sender's last.
 */
export async function openSignal(
  context: CryptoContext,
  group: ConversationGroup,
  signal: SignalToOpen,
): Promise<OpenedSignal | SignalRefusal> {
  const { provider } = context;
  const { payload, sender } = signal;
  if (payload.length > limits.signalSizeBytes) return refused('too_large');
  if (payload.length < nonceSizeBytes) return refused('malformed');
  const leaf = group.roster.find(
    (member) => member.accountId === sender.accountId && member.deviceId === sender.deviceId,
  )?.leaf;
  const member = leaf === undefined ? null : memberAt(group.state, leaf);
  if (member === null) return refused('unknown_sender');
  const padded = openPayload(provider, group, payload);
  if (padded === null) return refused('not_decryptable');
  if (padded.length < headSizeBytes) return refused('malformed');
  const view = new DataView(padded.buffer, padded.byteOffset);
  const end = headSizeBytes + view.getUint16(timeSizeBytes + signatureSizeBytes);
  const sentAt = view.getBigUint64(0);
  if (end > padded.length || sentAt > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed');
  const content = padded.slice(headSizeBytes, end);
  const signature = padded.subarray(timeSizeBytes, timeSizeBytes + signatureSizeBytes);
  const claim = signedBytes(group, sender, padded.subarray(0, timeSizeBytes), content);
  if (!(await provider.ed25519.verify(member.signatureKey, claim, signature))) {
    return refused('invalid_signature');
  }
  const { accountId, deviceId } = sender;
  return { kind: 'signal', content, sender: { accountId, deviceId }, sentAtMs: Number(sentAt) };
}

function openPayload(provider: Provider, group: ConversationGroup, payload: Uint8Array): Uint8Array | null {
  const key = signalKey(group);
  const nonce = payload.subarray(0, nonceSizeBytes);
  const padded = provider.xchacha20Poly1305.open(key, nonce, none, payload.subarray(nonceSizeBytes));
  wipe(key);
  return padded;
}

function signalKey(group: ConversationGroup): Uint8Array {
  return exportSecret(group.state, exporterLabel, idToBytes(group.conversationId), 32);
}

function signedBytes(
  group: ConversationGroup,
  sender: DeviceRef,
  time: Uint8Array,
  content: Uint8Array,
): Uint8Array {
  return labelled(
    'signal',
    idToBytes(group.conversationId),
    u64Bytes(group.epoch),
    idToBytes(sender.accountId),
    idToBytes(sender.deviceId),
    time,
    content,
  );
}

function refused(reason: SignalRefusal['reason']): SignalRefusal {
  return { kind: 'refused', reason };
}

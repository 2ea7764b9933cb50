/**
 * The envelope (spec/envelope.md): the body once under a random key, and that key with the body's hash in an MLS
 * PrivateMessage. Invariant: content is given out only when the group says who sent it, the entry says the same,
 * and that device signed this content for this conversation, epoch and transaction.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { passOver, peekMessage, protect, unprotect } from '@sotto/mls';
import { concatBytes, equalBytes, type Provider, wipe } from '@sotto/primitives';
import {
  type ConversationId,
  idToBytes,
  limits,
  SignedContentSchema,
  type TransactionId,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import { memberAtLeaf, withState } from '../group/conversationGroup.ts';
import { messageRefusalReason } from '../group/refusals.ts';
import type {
  ConversationGroup,
  CryptoContext,
  DeviceRef,
  MessageRefusal,
  MessageRefusalReason,
  MessageToOpen,
  OpenedMessage,
  ProtectedMessage,
  Self,
} from '../group/types.ts';
import { type MessagePlace, sealKept } from '../history/keptWrap.ts';
import { labelled, u64Bytes } from '../labels.ts';
import { checkBodySize, messageKeySizeBytes, openBody, sealBody } from './body.ts';

const hashSizeBytes = 32;
/** How far ahead of its last message a sender may be, and how much further where messages were passed over. */
const forwardGenerations = 1024;
export const maxPassedOver = 65_536;

/** Seals `content` (an encoded Content) for the group. The new group is to be stored before the message is sent. */
export async function protectMessage(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  message: {
    readonly content: Uint8Array;
    readonly transactionId: TransactionId;
    /** Of the group's epoch, for a message that is to be in history. */
    readonly historyKey?: Uint8Array;
  },
): Promise<ProtectedMessage | MessageRefusal> {
  const { provider } = context;
  const { content, transactionId, historyKey } = message;
  const signature = await self.signingKey.sign(
    signedBytes(group.conversationId, group.epoch, transactionId, self, content),
  );
  const text = toBinary(SignedContentSchema, create(SignedContentSchema, { content, signature }));
  if (text.length > limits.messageBodySizeBytes) return refused('too_large', group);
  const k = provider.randomBytes(messageKeySizeBytes);
  const body = sealBody(provider, k, text);
  if (body.length > limits.messageBodySizeBytes) return refused('too_large', group);
  const bodyHash = provider.sha256(body);
  const wrap = concatBytes(k, bodyHash);
  const place = { conversationId: group.conversationId, epoch: group.epoch, transactionId, sender: self };
  const kept = historyKey === undefined ? null : sealKept(provider, historyKey, k, place, bodyHash);
  const live = await protect(group.state, self.signingKey, wrap);
  wipe(k, wrap, text);
  if (live.kind === 'refused') return refused(messageRefusalReason(live.reason), group);
  return { kind: 'protected', group: withState(group, live.state), body, live: live.bytes, kept };
}

/** Opens a message of another device. The group in the result is to be stored, after a refusal as well. */
export async function unprotectMessage(
  context: CryptoContext,
  group: ConversationGroup,
  message: MessageToOpen,
): Promise<OpenedMessage | MessageRefusal> {
  const { body, live } = message;
  const wrongSize = live.length > limits.messageLiveSizeBytes ? 'too_large' : checkBodySize(body);
  if (wrongSize !== null) return refused(wrongSize, group);
  const peeked = peekMessage(live);
  if (peeked.kind !== 'group' || peeked.content !== 'application') return refused('malformed', group);
  const maxForwardGenerations = forwardGenerations + Math.min(message.passedOver ?? 0, maxPassedOver);
  const opened = await unprotect(group.state, live, {
    nowMs: context.nowMs,
    maxForwardGenerations,
    // A log has its messages in the order of sending: the key of one that was left out opens nothing that will come.
    maxSkippedKeys: 0,
  });
  if (opened.kind === 'refused') return refused(messageRefusalReason(opened.reason), group);
  if (opened.kind !== 'application') return refused('malformed', group);
  const moved = withState(group, opened.state);
  const sender = memberAtLeaf(moved, opened.sender.leafIndex);
  const content = await openContent(context, moved, message, {
    wrap: opened.data,
    sender,
    signatureKey: opened.sender.signatureKey,
  });
  wipe(opened.data);
  if (typeof content === 'string') return refused(content, moved);
  const { accountId, deviceId } = sender!;
  return { kind: 'message', group: moved, content, sender: { accountId, deviceId } };
}

/**
 * The group without the key of the sender's next message, which will never come: it is over as if it had been opened. The
 * same group where the sender is no member.
 */
export async function passOverMessage(
  group: ConversationGroup,
  sender: DeviceRef,
): Promise<ConversationGroup> {
  const { accountId, deviceId } = sender;
  const member = group.roster.find((one) => one.deviceId === deviceId && one.accountId === accountId);
  const passed = member === undefined ? null : await passOver(group.state, member.leaf);
  return passed?.kind === 'passedOver' ? withState(group, passed.state) : group;
}

interface OpenedWrap {
  readonly wrap: Uint8Array;
  /** Null: the group has no such leaf. */
  readonly sender: DeviceRef | null;
  readonly signatureKey: Uint8Array;
}

/** The content once everything about it has been checked, or why not. */
async function openContent(
  { provider }: CryptoContext,
  group: ConversationGroup,
  message: MessageToOpen,
  { wrap, sender, signatureKey }: OpenedWrap,
): Promise<Uint8Array | MessageRefusalReason> {
  if (sender === null) return 'unknown_sender';
  if (sender.accountId !== message.sender.accountId || sender.deviceId !== message.sender.deviceId) {
    return 'sender_mismatch';
  }
  if (wrap.length !== messageKeySizeBytes + hashSizeBytes) return 'malformed';
  if (!equalBytes(wrap.subarray(messageKeySizeBytes), provider.sha256(message.body))) return 'body_mismatch';
  const { conversationId, epoch } = group;
  const place = { conversationId, epoch, transactionId: message.transactionId, sender };
  const k = wrap.subarray(0, messageKeySizeBytes);
  return openSigned(provider, k, message.body, place, signatureKey);
}

/** The content of a body that opens under `k` and that the device signed for this place, or why not. */
export async function openSigned(
  provider: Provider,
  k: Uint8Array,
  body: Uint8Array,
  { conversationId, epoch, transactionId, sender }: MessagePlace,
  signatureKey: Uint8Array,
): Promise<
  Uint8Array | 'malformed' | 'too_large' | 'wrong_key' | 'body_not_decryptable' | 'invalid_signature'
> {
  const opened = openBody(provider, k, body);
  if (opened.kind === 'refused') return opened.reason;
  const signed = decodeMessage(SignedContentSchema, opened.text);
  if (signed === null) return 'malformed';
  const { content, signature } = signed;
  const claim = signedBytes(conversationId, epoch, transactionId, sender, content);
  return (await provider.ed25519.verify(signatureKey, claim, signature)) ? content : 'invalid_signature';
}

/** What the sending device signs: the content with its place. Everything before the content has a fixed size. */
export function signedBytes(
  conversationId: ConversationId,
  epoch: bigint,
  transactionId: TransactionId,
  sender: DeviceRef,
  content: Uint8Array,
): Uint8Array {
  return labelled(
    'message',
    idToBytes(conversationId),
    u64Bytes(epoch),
    idToBytes(transactionId),
    idToBytes(sender.accountId),
    idToBytes(sender.deviceId),
    content,
  );
}

function refused(reason: MessageRefusalReason, group: ConversationGroup): MessageRefusal {
  return { kind: 'refused', reason, group };
}

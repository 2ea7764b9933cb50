import type { CipherSuite } from '@sotto/primitives';
import { Reader } from '../codec/reader.ts';
import { lengthSize, Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { ensure, refuse } from '../refusal.ts';
import { keyForGeneration, ratchetsOf, type SecretTree, withRatchets } from '../schedule/secretTree.ts';
import {
  type AuthenticatedContent,
  contentTypes,
  readContentBody,
  readFramedContentAuth,
} from '../structs/framedContent.ts';
import type { PrivateMessage } from '../structs/privateMessage.ts';
import { wireFormats } from '../structs/registry.ts';
import type { EpochFrame } from './epochFrame.ts';
import { applyReuseGuard, openSenderData } from './senderData.ts';

/** Decrypted, and its signature not yet verified. */
export interface OpenedPrivate {
  readonly message: AuthenticatedContent;
  readonly leafIndex: number;
  readonly generation: number;
  /** The secret tree with this message's key used up; made only when asked for, after the signature. */
  readonly spent: () => SecretTree;
}

/** See `UnprotectOptions`. */
interface GenerationLimits {
  readonly maxForwardGenerations?: number;
  readonly maxSkippedKeys?: number;
}

/**
 * Decrypts a PrivateMessage of this group and epoch (RFC 9420 §6.3). `checkSender` refuses leaves
 * that cannot have sent it; it runs before anything is derived, so an index outside the tree costs nothing.
 */
export async function openPrivate(
  suite: CipherSuite,
  frame: EpochFrame,
  senderDataSecret: Uint8Array,
  secretTree: SecretTree,
  received: PrivateMessage,
  checkSender: (leafIndex: number) => void,
  { maxForwardGenerations, maxSkippedKeys = limits.maxSkippedKeys }: GenerationLimits = {},
): Promise<OpenedPrivate> {
  const headSize = frame.head.length;
  const data = received.authenticatedData;
  const aad = new Writer(headSize + 1 + lengthSize(data.length) + data.length);
  aad.fixed(frame.head).u8(contentTypes[received.contentKind]).opaque(received.authenticatedData);
  const contentAad = aad.finish();
  const senderData = openSenderData(
    suite,
    senderDataSecret,
    received.encryptedSenderData,
    contentAad.subarray(0, headSize + 1),
    received.ciphertext,
  );
  const { leafIndex, generation, reuseGuard } = senderData instanceof Promise ? await senderData : senderData;
  checkSender(leafIndex);

  const ratchets = ratchetsOf(suite, secretTree, leafIndex);
  const which = received.contentKind === 'application' ? 'application' : 'handshake';
  const { key, nonce, ratchet } = keyForGeneration(
    suite,
    ratchets[which],
    generation,
    maxForwardGenerations,
    Math.min(maxSkippedKeys, limits.maxSkippedKeys),
  );
  applyReuseGuard(nonce, reuseGuard);
  const opened = suite.aead.open(key, nonce, contentAad, received.ciphertext);
  const plaintext = opened instanceof Promise ? await opened : opened;
  key.fill(0);
  if (plaintext === null) return refuse('MLS-6.3-02');

  const reader = new Reader(plaintext);
  const content = readContentBody(reader, received.contentKind);
  const auth = readFramedContentAuth(reader, received.contentKind);
  const padding = plaintext.subarray(reader.offset);
  ensure(
    padding.every((byte) => byte === 0),
    'MLS-6.3.1-01',
  );
  plaintext.fill(0);
  return {
    message: {
      wireFormat: wireFormats.privateMessage,
      content: {
        groupId: received.groupId,
        epoch: received.epoch,
        sender: { kind: 'member', leafIndex },
        authenticatedData: received.authenticatedData,
        content,
      },
      auth,
    },
    leafIndex,
    generation,
    spent: () => withRatchets(suite, secretTree, leafIndex, { ...ratchets, [which]: ratchet }),
  };
}

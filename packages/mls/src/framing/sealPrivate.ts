import type { CipherSuite } from '@sotto/primitives';
import { lengthSize, Writer } from '../codec/writer.ts';
import type { Padding } from '../group/types.ts';
import { limits } from '../limits.ts';
import { ensure } from '../refusal.ts';
import { nextKey, ratchetsOf, type SecretTree, withRatchets } from '../schedule/secretTree.ts';
import {
  type Content,
  contentTypes,
  type FramedContentAuth,
  sizeHintOf,
  writeContentBody,
  writeFramedContentAuth,
} from '../structs/framedContent.ts';
import { protocolVersion, wireFormats } from '../structs/registry.ts';
import type { EpochFrame } from './epochFrame.ts';
import { applyReuseGuard, sealSenderData } from './senderData.ts';

export interface SealedPrivate {
  readonly bytes: Uint8Array;
  readonly secretTree: SecretTree;
}

/** Encrypts signed content as a PrivateMessage, encoded as MLSMessage (RFC 9420 §6.3). */
export async function sealPrivate(
  suite: CipherSuite,
  frame: EpochFrame,
  senderDataSecret: Uint8Array,
  secretTree: SecretTree,
  leafIndex: number,
  content: Content,
  auth: FramedContentAuth,
  authenticatedData: Uint8Array,
  padding: Padding | undefined,
): Promise<SealedPrivate> {
  const plain = new Writer(sizeHintOf(content));
  writeContentBody(plain, content);
  writeFramedContentAuth(plain, auth);
  if (padding !== undefined) {
    const extra = padding(plain.size) - plain.size;
    ensure(extra >= 0 && extra <= limits.maxPaddingBytes, 'MLS-P-07');
    plain.zeros(extra);
  }
  const plaintext = plain.finish();

  const ratchets = ratchetsOf(suite, secretTree, leafIndex);
  const which = content.kind === 'application' ? 'application' : 'handshake';
  const { generation, key, nonce, ratchet } = nextKey(suite, ratchets[which]);
  const reuseGuard = suite.randomBytes(4);
  applyReuseGuard(nonce, reuseGuard);

  const headSize = frame.head.length;
  const aad = new Writer(headSize + 1 + lengthSize(authenticatedData.length) + authenticatedData.length);
  aad.fixed(frame.head).u8(contentTypes[content.kind]).opaque(authenticatedData);
  const contentAad = aad.finish();
  const sealed = suite.aead.seal(key, nonce, contentAad, plaintext);
  const ciphertext = sealed instanceof Promise ? await sealed : sealed;
  key.fill(0);
  plaintext.fill(0);

  const senderDataAad = contentAad.subarray(0, headSize + 1);
  const senderData = { leafIndex, generation, reuseGuard };
  const sealedData = sealSenderData(suite, senderDataSecret, senderData, senderDataAad, ciphertext);
  const encrypted = sealedData instanceof Promise ? await sealedData : sealedData;

  const message = new Writer(
    4 + contentAad.length + 1 + encrypted.length + lengthSize(ciphertext.length) + ciphertext.length,
  );
  message.u16(protocolVersion).u16(wireFormats.privateMessage);
  message.fixed(contentAad).opaque(encrypted).opaque(ciphertext);
  return {
    bytes: message.finish(),
    secretTree: withRatchets(suite, secretTree, leafIndex, { ...ratchets, [which]: ratchet }),
  };
}

import type { CipherSuite } from '@sotto/primitives';

export const messageSizeBytes = 100;

export interface MessageFloor {
  readonly protect: () => Promise<void>;
  readonly unprotect: () => Promise<void>;
}

/**
 * RFC 9420 §6.3 without an engine: one signature over the framed content; the ratchet's key, nonce and next secret
 * (§9.1); the sender data's key and nonce (§6.3.2); the content and the sender data through the AEAD.
 */
export async function createMessageFloor(suite: CipherSuite): Promise<MessageFloor> {
  const key = await suite.signature.importKey(suite.signature.generateSeed());
  // FramedContentTBS carries the GroupContext; the content carries data, signature and their lengths.
  const toSign = suite.randomBytes(messageSizeBytes + 250);
  const content = suite.randomBytes(messageSizeBytes + 68);
  const senderData = suite.randomBytes(12);
  const secret = suite.randomBytes(suite.kdf.size);
  const aad = suite.randomBytes(30);
  const info = suite.randomBytes(20);
  const expand = (lengthBytes: number) => suite.kdf.expand(secret, info, lengthBytes);
  const { keySize, nonceSize } = suite.aead;

  const contentKey = expand(keySize);
  const nonce = expand(nonceSize);
  const sealedContent = await suite.aead.seal(contentKey, nonce, aad, content);
  const sealedSenderData = await suite.aead.seal(contentKey, nonce, aad, senderData);
  const signature = await key.sign(toSign);

  const deriveKeys = () => {
    expand(suite.kdf.size);
    return {
      messageKey: expand(keySize),
      messageNonce: expand(nonceSize),
      dataKey: expand(keySize),
      dataNonce: expand(nonceSize),
    };
  };
  return {
    protect: async () => {
      const keys = deriveKeys();
      await key.sign(toSign);
      suite.randomBytes(4);
      await suite.aead.seal(keys.messageKey, keys.messageNonce, aad, content);
      await suite.aead.seal(keys.dataKey, keys.dataNonce, aad, senderData);
    },
    unprotect: async () => {
      const keys = deriveKeys();
      await suite.aead.open(keys.dataKey, keys.dataNonce, aad, sealedSenderData);
      await suite.aead.open(keys.messageKey, keys.messageNonce, aad, sealedContent);
      const valid = await suite.signature.verify(key.publicKey, toSign, signature);
      if (!valid) throw new Error('The floor does not verify');
    },
  };
}

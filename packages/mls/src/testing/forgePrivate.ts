import { encodeWith, Writer } from '../codec/writer.ts';
import { signContent } from '../framing/authenticate.ts';
import { applyReuseGuard, senderDataKeys } from '../framing/senderData.ts';
import type { GroupState, Signer } from '../group/types.ts';
import { nextKey, ratchetsOf } from '../schedule/secretTree.ts';
import {
  type Content,
  contentTypes,
  writeContentBody,
  writeFramedContentAuth,
} from '../structs/framedContent.ts';
import { encodeMlsMessage } from '../structs/mlsMessage.ts';
import type { PrivateMessage } from '../structs/privateMessage.ts';
import { wireFormats } from '../structs/registry.ts';

/** PrivateMessages of a malicious member: signed and encrypted correctly, with contents as it likes. */
export interface PrivateForgery {
  readonly content?: Content;
  readonly padding?: Uint8Array;
  /** What is encrypted, in place of content, signature and padding. */
  readonly plaintext?: Uint8Array;
  readonly leafIndex?: number;
  /** Whose ratchet is used: any member can derive those of all. */
  readonly ratchetLeaf?: number;
  /** Changed once all is sealed. */
  readonly changeMessage?: (message: PrivateMessage) => PrivateMessage;
  readonly generation?: number;
  /** What is encrypted as sender data, in place of leaf, generation and guard. */
  readonly senderData?: Uint8Array;
  readonly changeCiphertext?: (ciphertext: Uint8Array) => Uint8Array;
  readonly changeSenderData?: (encrypted: Uint8Array) => Uint8Array;
}

export async function forgePrivate(
  state: GroupState,
  signer: Signer,
  forgery: PrivateForgery,
): Promise<Uint8Array> {
  const { suite, own, groupContext } = state;
  const { groupId, epoch } = groupContext;
  const content = forgery.content ?? { kind: 'application', data: Uint8Array.of(1, 2, 3) };
  const authenticatedData = new Uint8Array(0);
  const leafIndex = forgery.leafIndex ?? state.ownLeafIndex;
  const sender = { kind: 'member', leafIndex } as const;
  const framed = { groupId, epoch, sender, authenticatedData, content };
  const format = wireFormats.privateMessage;
  const signature = await signContent(signer, format, framed, own.frame.groupContextBytes);
  const plain = new Writer(1024);
  writeContentBody(plain, content);
  writeFramedContentAuth(plain, { signature, confirmationTag: content.kind === 'commit' ? signature : null });
  const whole = plain.fixed(forgery.padding ?? new Uint8Array(0)).finish();

  const ratchets = ratchetsOf(suite, own.secretTree, forgery.ratchetLeaf ?? state.ownLeafIndex);
  const ratchet = content.kind === 'application' ? ratchets.application : ratchets.handshake;
  const { key, nonce, generation } = nextKey(suite, ratchet);
  const guard = Uint8Array.of(1, 2, 3, 4);
  applyReuseGuard(nonce, guard);
  const senderDataAad = new Writer().fixed(own.frame.head).u8(contentTypes[content.kind]).finish();
  const contentAad = new Writer().fixed(senderDataAad).opaque(authenticatedData).finish();
  const sealed = await suite.aead.seal(key, nonce, contentAad, forgery.plaintext ?? whole);
  const ciphertext = forgery.changeCiphertext?.(sealed) ?? sealed;

  const data =
    forgery.senderData ??
    encodeWith(null, (writer) =>
      writer
        .u32(leafIndex)
        .u32(forgery.generation ?? generation)
        .fixed(guard),
    );
  const keys = senderDataKeys(suite, own.secrets.senderDataSecret, ciphertext);
  const encrypted = await suite.aead.seal(keys.key, keys.nonce, senderDataAad, data);
  const encryptedSenderData = forgery.changeSenderData?.(encrypted) ?? encrypted;
  const contentKind = content.kind;
  const privateMessage = { groupId, epoch, contentKind, authenticatedData, encryptedSenderData, ciphertext };
  const changed = forgery.changeMessage?.(privateMessage) ?? privateMessage;
  return encodeMlsMessage({ kind: 'privateMessage', privateMessage: changed });
}

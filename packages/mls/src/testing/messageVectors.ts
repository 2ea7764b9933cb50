import type { CipherSuite } from '@sotto/primitives';
import { decodeWith, type Reader } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { checkMembershipTag, checkSignature, membershipTagOf, signContent } from '../framing/authenticate.ts';
import { epochFrame } from '../framing/epochFrame.ts';
import { openPrivate } from '../framing/openPrivate.ts';
import { sealPrivate } from '../framing/sealPrivate.ts';
import { newSecretTree } from '../schedule/secretTree.ts';
import { readCommit, writeCommit } from '../structs/commit.ts';
import { type Content, writeContentBody } from '../structs/framedContent.ts';
import { encodeMlsMessage, type MlsMessage, readMlsMessage } from '../structs/mlsMessage.ts';
import { readProposal, writeProposal } from '../structs/proposal.ts';
import { wireFormats } from '../structs/registry.ts';
import { readGroupSecrets, writeGroupSecrets } from '../structs/welcome.ts';
import { readRatchetTree, writeRatchetTree } from '../tree/ratchetTreeCodec.ts';
import { check, checkHex, fromHex, toHex } from './bytes.ts';
import type { MessageProtectionVector } from './vectorTypes.ts';

function messageOf(hex: string): MlsMessage {
  return decodeWith(fromHex(hex), readMlsMessage);
}

/** The group of the vectors has two members, and all messages come from leaf 1. */
export async function checkMessageProtection(
  suite: CipherSuite,
  vector: MessageProtectionVector,
): Promise<void> {
  const frame = epochFrame({
    version: 1,
    cipherSuite: suite.id,
    groupId: fromHex(vector.group_id),
    epoch: BigInt(vector.epoch),
    treeHash: fromHex(vector.tree_hash),
    confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash),
    extensions: [],
  });
  const signer = await suite.signature.importKey(fromHex(vector.signature_priv));
  const senderDataSecret = fromHex(vector.sender_data_secret);
  const membershipKey = fromHex(vector.membership_key);
  const secretTree = () => newSecretTree(fromHex(vector.encryption_secret), 2);
  const fromLeaf1 = (leafIndex: number): void => check(leafIndex === 1, 'sender');

  const openPrivateHex = async (hex: string, expected: string): Promise<Content> => {
    const message = messageOf(hex);
    check(message.kind === 'privateMessage', 'PrivateMessage');
    const { privateMessage } = message;
    const tree = secretTree();
    const opened = await openPrivate(suite, frame, senderDataSecret, tree, privateMessage, fromLeaf1);
    await checkSignature(suite, signer.publicKey, opened.message, frame.groupContextBytes);
    const { content } = opened.message.content;
    // An application message's body is length-prefixed; the vector gives the bare bytes.
    const body = content.kind === 'application' ? content.data : encodeWith(content, writeContentBody);
    checkHex(body, expected, 'content');
    return content;
  };
  const openPublicHex = async (hex: string, expected: string): Promise<void> => {
    const message = messageOf(hex);
    check(message.kind === 'publicMessage', 'PublicMessage');
    const { publicMessage } = message;
    checkMembershipTag(suite, membershipKey, publicMessage, frame.groupContextBytes);
    const { content, auth } = publicMessage;
    const authenticated = { wireFormat: wireFormats.publicMessage, content, auth };
    await checkSignature(suite, signer.publicKey, authenticated, frame.groupContextBytes);
    checkHex(encodeWith(content.content, writeContentBody), expected, 'content');
  };
  const reseal = async (content: Content, expected: string): Promise<void> => {
    const framed = {
      groupId: fromHex(vector.group_id),
      epoch: BigInt(vector.epoch),
      sender: { kind: 'member', leafIndex: 1 } as const,
      authenticatedData: new Uint8Array(0),
      content,
    };
    const confirmationTag = content.kind === 'commit' ? new Uint8Array(suite.hash.size) : null;
    const contextBytes = frame.groupContextBytes;
    const signature = await signContent(signer, wireFormats.privateMessage, framed, contextBytes);
    const auth = { signature, confirmationTag };
    const data = framed.authenticatedData;
    const tree = secretTree();
    const pad = (size: number): number => size + 7;
    const sealed = await sealPrivate(suite, frame, senderDataSecret, tree, 1, content, auth, data, pad);
    await openPrivateHex(toHex(sealed.bytes), expected);
    if (content.kind === 'application') return;
    const publicSignature = await signContent(signer, wireFormats.publicMessage, framed, contextBytes);
    const publicAuth = { signature: publicSignature, confirmationTag };
    const tagged = { content: framed, auth: publicAuth };
    const membershipTag = membershipTagOf(suite, membershipKey, tagged, contextBytes);
    const publicMessage = { ...tagged, membershipTag };
    await openPublicHex(toHex(encodeMlsMessage({ kind: 'publicMessage', publicMessage })), expected);
  };

  await openPublicHex(vector.proposal_pub, vector.proposal);
  await openPublicHex(vector.commit_pub, vector.commit);
  await reseal(await openPrivateHex(vector.proposal_priv, vector.proposal), vector.proposal);
  await reseal(await openPrivateHex(vector.commit_priv, vector.commit), vector.commit);
  await reseal(await openPrivateHex(vector.application_priv, vector.application), vector.application);
}

type MessagesVector = Record<string, string>;

function roundTrip<T>(read: (reader: Reader) => T, encode: (value: T) => Uint8Array): (hex: string) => void {
  return (hex) => checkHex(encode(decodeWith(fromHex(hex), read)), hex, 'round trip');
}

const mlsMessage = roundTrip(readMlsMessage, encodeMlsMessage);

/** The proposals are encoded without their type. */
function proposalBody(type: number): (hex: string) => void {
  const prefix = type.toString(16).padStart(4, '0');
  const check = roundTrip(readProposal, (proposal) => encodeWith(proposal, writeProposal));
  return (hex) => check(prefix + hex);
}

const messageChecks: Record<string, (hex: string) => void> = {
  mls_welcome: mlsMessage,
  mls_group_info: mlsMessage,
  mls_key_package: mlsMessage,
  ratchet_tree: roundTrip(readRatchetTree, (tree) => encodeWith(tree, writeRatchetTree)),
  group_secrets: roundTrip(readGroupSecrets, (secrets) => encodeWith(secrets, writeGroupSecrets)),
  add_proposal: proposalBody(1),
  update_proposal: proposalBody(2),
  remove_proposal: proposalBody(3),
  pre_shared_key_proposal: proposalBody(4),
  re_init_proposal: proposalBody(5),
  external_init_proposal: proposalBody(6),
  group_context_extensions_proposal: proposalBody(7),
  commit: roundTrip(readCommit, (commit) => encodeWith(commit, writeCommit)),
  public_message_application: mlsMessage,
  public_message_proposal: mlsMessage,
  public_message_commit: mlsMessage,
  private_message: mlsMessage,
};

/** Every structure decodes and encodes to the same bytes. */
export function checkMessages(vector: MessagesVector): void {
  for (const [name, hex] of Object.entries(vector)) {
    const checkOne = messageChecks[name];
    check(checkOne !== undefined, `known field ${name}`);
    checkOne(hex);
  }
}

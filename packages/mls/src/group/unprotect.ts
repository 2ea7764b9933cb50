import { equalBytes } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { checkMembershipTag, checkSignature } from '../framing/authenticate.ts';
import { openPrivate } from '../framing/openPrivate.ts';
import { proposalRef } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { ensure, refuse, settle } from '../refusal.ts';
import { type AuthenticatedContent, writeAuthenticatedContent } from '../structs/framedContent.ts';
import { readMlsMessage } from '../structs/mlsMessage.ts';
import type { PrivateMessage } from '../structs/privateMessage.ts';
import type { PublicMessage } from '../structs/publicMessage.ts';
import { wireFormats } from '../structs/registry.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { checkUsable, withOwn } from './epoch.ts';
import { externalSendersIn } from './groupExtensions.ts';
import { memberOf } from './member.ts';
import { checkProposalSender } from './proposalList.ts';
import { stageCommit } from './stageCommit.ts';
import type { GroupState, Unprotected, UnprotectOptions } from './types.ts';

/** Receiving group messages (RFC 9420 §6). A refusal leaves the given state as it was. */

function checkAddress(state: GroupState, groupId: Uint8Array, epoch: bigint): void {
  ensure(equalBytes(groupId, state.groupContext.groupId), 'wrong_group');
  ensure(epoch >= state.groupContext.epoch, 'past_epoch');
  ensure(epoch <= state.groupContext.epoch, 'future_epoch');
}

/** Indices come off the wire as any 32-bit number; this is their only way in. */
function checkMemberSender(state: GroupState, leafIndex: number): void {
  ensure(leafIndex < state.tree.leafCount && leafAt(state.tree, leafIndex) !== null, 'unknown_sender');
  ensure(leafIndex !== state.ownLeafIndex, 'own_message');
}

async function unprotectPrivate(
  state: GroupState,
  received: PrivateMessage,
  options: UnprotectOptions,
): Promise<Unprotected> {
  const { suite, own } = state;
  const opened = await openPrivate(
    suite,
    own.frame,
    own.secrets.senderDataSecret,
    own.secretTree,
    received,
    (leafIndex) => checkMemberSender(state, leafIndex),
  );
  const leaf = leafAt(state.tree, opened.leafIndex)!;
  await checkSignature(suite, leaf.signatureKey, opened.message, own.frame.groupContextBytes);
  const { content, authenticatedData } = opened.message.content;
  switch (content.kind) {
    case 'application':
      return {
        kind: 'application',
        state: withOwn(state, { secretTree: opened.spent() }),
        sender: memberOf(opened.leafIndex, leaf),
        generation: opened.generation,
        data: content.data,
        authenticatedData,
      };
    case 'commit':
      return stageCommit(state, opened.message, options);
    case 'proposal':
      return storeProposal(withOwn(state, { secretTree: opened.spent() }), opened.message, options);
  }
}

/** The key that must have signed a PublicMessage. */
function signatureKeyOf(state: GroupState, message: PublicMessage): Uint8Array {
  const { sender, content } = message.content;
  switch (sender.kind) {
    case 'member':
      checkMemberSender(state, sender.leafIndex);
      return leafAt(state.tree, sender.leafIndex)!.signatureKey;
    case 'external': {
      ensure(content.kind === 'proposal', 'unknown_sender');
      const senders = externalSendersIn(state.groupContext.extensions);
      return senders[sender.senderIndex]?.signatureKey ?? refuse('unknown_sender');
    }
    case 'newMemberProposal':
      ensure(content.kind === 'proposal' && content.proposal.kind === 'add', 'unknown_sender');
      return content.proposal.keyPackage.leafNode.signatureKey;
    case 'newMemberCommit':
      ensure(content.kind === 'commit', 'unknown_sender');
      return content.commit.path?.leafNode.signatureKey ?? refuse('invalid_external_commit');
  }
}

async function unprotectPublic(
  state: GroupState,
  received: PublicMessage,
  options: UnprotectOptions,
): Promise<Unprotected> {
  const { suite, own } = state;
  const { content, auth } = received;
  const { groupContextBytes } = own.frame;
  ensure(content.content.kind !== 'application', 'unencrypted_application_data');
  const publicKey = signatureKeyOf(state, received);
  if (content.sender.kind === 'member') {
    checkMembershipTag(suite, own.secrets.membershipKey, received, groupContextBytes);
  }
  const message = { wireFormat: wireFormats.publicMessage, content, auth };
  await checkSignature(suite, publicKey, message, groupContextBytes);
  return content.content.kind === 'commit'
    ? stageCommit(state, message, options)
    : storeProposal(state, message, options);
}

/** Keeps a proposal for commits of this epoch that refer to it (RFC 9420 §12.4). */
function storeProposal(
  state: GroupState,
  message: AuthenticatedContent,
  options: UnprotectOptions,
): Unprotected {
  ensure(options.allowProposalReferences === true, 'proposals_by_reference_unsupported');
  const { content, sender, authenticatedData } = message.content;
  if (content.kind !== 'proposal') return refuse('malformed');
  ensure(state.own.reInit === null, 'group_closed');
  checkProposalSender(content.proposal, sender);
  const { storedProposals } = state.own;
  ensure(storedProposals.length < limits.maxStoredProposals, 'too_many_proposals');
  const reference = proposalRef(state.suite, encodeWith(message, writeAuthenticatedContent, 1024));
  const stored = { reference, sender, proposal: content.proposal };
  return {
    kind: 'proposal',
    state: withOwn(state, { storedProposals: [...storedProposals, stored] }),
    sender,
    proposal: content.proposal,
    authenticatedData,
  };
}

/**
 * Reads a group message of the current epoch. An application message or proposal gives the next state at
 * once; a commit is staged and takes effect with `merge`. Whatever is refused changes nothing.
 */
export function unprotect(
  state: GroupState,
  message: Uint8Array,
  options: UnprotectOptions,
): Promise<Unprotected> {
  return settle(async (): Promise<Unprotected> => {
    checkUsable(state);
    ensure(message.length <= limits.maxMessageBytes, 'too_large');
    const decoded = decodeWith(message, readMlsMessage);
    switch (decoded.kind) {
      case 'privateMessage': {
        const received = decoded.privateMessage;
        checkAddress(state, received.groupId, received.epoch);
        return unprotectPrivate(state, received, options);
      }
      case 'publicMessage': {
        const received = decoded.publicMessage;
        checkAddress(state, received.content.groupId, received.content.epoch);
        return unprotectPublic(state, received, options);
      }
      case 'welcome':
      case 'groupInfo':
      case 'keyPackage':
        return refuse('unexpected_wire_format');
    }
  });
}

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
  ensure(equalBytes(groupId, state.groupContext.groupId), 'MLS-6-06');
  ensure(epoch >= state.groupContext.epoch, 'MLS-6-07');
  ensure(epoch <= state.groupContext.epoch, 'MLS-6-08');
  ensure(state.own.reInit === null, 'MLS-11.2-11');
}

/** Indices come off the wire as any 32-bit number; this is their only way in. */
function checkMemberSender(state: GroupState, leafIndex: number): void {
  ensure(leafIndex < state.tree.leafCount && leafAt(state.tree, leafIndex) !== null, 'MLS-6-09');
  ensure(leafIndex !== state.ownLeafIndex, 'MLS-P-03');
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
    options,
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
      ensure(content.kind === 'proposal', 'MLS-6-10');
      const senders = externalSendersIn(state.groupContext.extensions);
      return senders[sender.senderIndex]?.signatureKey ?? refuse('MLS-6-11');
    }
    case 'newMemberProposal':
      ensure(content.kind === 'proposal' && content.proposal.kind === 'add', 'MLS-6-12');
      return content.proposal.keyPackage.leafNode.signatureKey;
    case 'newMemberCommit':
      ensure(content.kind === 'commit', 'MLS-6-13');
      return content.commit.path?.leafNode.signatureKey ?? refuse('MLS-12.4.3.2-01');
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
  ensure(content.content.kind !== 'application', 'MLS-6.2-02');
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
  ensure(options.allowProposalReferences === true, 'MLS-P-12');
  const { content, sender, authenticatedData } = message.content;
  if (content.kind !== 'proposal') throw new Error('not a proposal');
  checkProposalSender(content.proposal, sender);
  const { storedProposals } = state.own;
  const reference = proposalRef(state.suite, encodeWith(message, writeAuthenticatedContent, 1024));
  // A PublicMessage can be sent again by anyone; it must not fill the store.
  ensure(!storedProposals.some((each) => equalBytes(each.reference, reference)), 'MLS-P-18');
  ensure(storedProposals.length < limits.maxStoredProposals, 'MLS-P-14');
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
    ensure(message.length <= limits.maxMessageBytes, 'MLS-P-05');
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
        return refuse('MLS-6-03');
    }
  });
}

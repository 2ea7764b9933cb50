/**
 * Why the engine did not do what it was asked to. The list is closed: a caller can switch over it, and
 * spec/mls.md explains each. A refusal never comes with a changed state.
 */
export type MlsRefusal =
  // bytes and envelopes
  | 'malformed'
  | 'too_large'
  | 'unexpected_wire_format'
  | 'unsupported_version'
  | 'wrong_suite'
  | 'wrong_group'
  | 'past_epoch'
  | 'future_epoch'
  | 'group_closed'
  // sender and authentication
  | 'unknown_sender'
  | 'own_message'
  | 'not_decryptable'
  | 'used_generation'
  | 'generation_too_far'
  | 'invalid_signature'
  | 'invalid_membership_tag'
  | 'invalid_confirmation_tag'
  | 'unencrypted_application_data'
  | 'nonzero_padding'
  // proposals
  | 'proposals_by_reference_unsupported'
  | 'unknown_proposal_reference'
  | 'too_many_proposals'
  | 'proposal_not_allowed_for_sender'
  | 'invalid_proposal_list'
  | 'unsupported_proposal'
  | 'invalid_extensions'
  | 'invalid_psk'
  | 'unknown_psk'
  | 'invalid_reinit'
  | 'remove_of_blank_leaf'
  | 'group_full'
  // leaf nodes, key packages, tree
  | 'invalid_key_package'
  | 'invalid_leaf_node'
  | 'lifetime_out_of_range'
  | 'capabilities_missing'
  | 'duplicate_key'
  | 'invalid_tree'
  | 'invalid_parent_hash'
  | 'tree_hash_mismatch'
  // commits
  | 'path_required'
  | 'invalid_path'
  | 'invalid_external_commit'
  // joining
  | 'not_for_this_key_package'
  | 'invalid_group_info'
  | 'missing_ratchet_tree'
  | 'missing_external_pub';

export interface Refused {
  readonly kind: 'refused';
  readonly reason: MlsRefusal;
}

function refused(reason: MlsRefusal): Refused {
  return { kind: 'refused', reason };
}

/**
 * Carries a refusal from deep inside an operation to its entry point, which returns it as a value. It does
 * not leave the package.
 */
class RefusalError extends Error {
  readonly reason: MlsRefusal;

  constructor(reason: MlsRefusal) {
    super(reason);
    this.name = 'RefusalError';
    this.reason = reason;
  }
}

/** What a decoder can find: no encoding, or one of something that this engine does not know. */
export type DecodeRefusal = 'malformed' | 'unsupported_version' | 'unsupported_proposal';

/** Thrown by decoders on bytes that are not an encoding of the structure. */
export class DecodeError extends Error {
  readonly reason: DecodeRefusal;

  constructor(what: string, reason: DecodeRefusal = 'malformed') {
    super(what);
    this.name = 'DecodeError';
    this.reason = reason;
  }
}

/** Ends the current operation with a refusal. */
export function refuse(reason: MlsRefusal): never {
  throw new RefusalError(reason);
}

/** Ends the current operation with a refusal unless `condition` holds. */
export function ensure(condition: boolean, reason: MlsRefusal): asserts condition {
  if (!condition) throw new RefusalError(reason);
}

/** Turns what an operation threw into a refusal; anything that is neither of ours is a defect and is rethrown. */
export function asRefusal(error: unknown): Refused {
  if (error instanceof RefusalError) return refused(error.reason);
  if (error instanceof DecodeError) return refused(error.reason);
  throw error;
}

/** Runs an operation, returning refusals as values. */
export async function settle<T>(operation: () => Promise<T>): Promise<T | Refused> {
  try {
    return await operation();
  } catch (error) {
    return asRefusal(error);
  }
}

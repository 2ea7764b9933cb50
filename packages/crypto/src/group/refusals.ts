/** The engine's refusals in the words of this package. */
import type { MlsRefusal } from '@sotto/mls';
import type { GroupRefusal, GroupRefusalReason, MessageRefusalReason } from './types.ts';

export function groupRefused(
  reason: GroupRefusalReason,
  about: Omit<GroupRefusal, 'kind' | 'reason'> = {},
): GroupRefusal {
  return { kind: 'refused', reason, ...about };
}

/** A refusal of the engine, with its own reason beside. */
export function fromMls(mls: MlsRefusal, about: Omit<GroupRefusal, 'kind' | 'reason' | 'mls'> = {}) {
  return groupRefused(groupRefusalReason(mls), { ...about, mls });
}

function groupRefusalReason(reason: MlsRefusal): GroupRefusalReason {
  switch (reason) {
    case 'malformed':
    case 'too_large':
    case 'unexpected_wire_format':
    case 'unsupported_version':
    case 'nonzero_padding':
      return 'malformed';
    case 'wrong_suite':
      return 'unsupported_suite';
    case 'wrong_group':
      return 'wrong_conversation';
    case 'past_epoch':
      return 'stale_epoch';
    case 'future_epoch':
      return 'future_epoch';
    case 'own_message':
      return 'own_commit';
    case 'invalid_key_package':
    case 'capabilities_missing':
      return 'invalid_key_package';
    case 'lifetime_out_of_range':
      return 'expired_key_package';
    case 'not_for_this_key_package':
      return 'unknown_key_package';
    case 'path_required':
      return 'path_required';
    case 'group_full':
      return 'too_many_devices';
    case 'proposals_by_reference_unsupported':
    case 'proposal_not_allowed_for_sender':
    case 'unsupported_proposal':
    case 'unknown_proposal_reference':
    case 'invalid_psk':
    case 'unknown_psk':
    case 'invalid_reinit':
      return 'not_allowed_proposal';
    default:
      return 'invalid';
  }
}

export function messageRefusalReason(reason: MlsRefusal): MessageRefusalReason {
  switch (reason) {
    case 'malformed':
    case 'unexpected_wire_format':
    case 'unsupported_version':
      return 'malformed';
    case 'too_large':
      return 'too_large';
    case 'wrong_group':
      return 'wrong_conversation';
    case 'past_epoch':
      return 'stale_epoch';
    case 'future_epoch':
      return 'future_epoch';
    case 'own_message':
      return 'own_message';
    case 'unknown_sender':
      return 'unknown_sender';
    case 'used_generation':
      return 'replayed';
    case 'generation_too_far':
      return 'too_far_ahead';
    default:
      return 'not_decryptable';
  }
}

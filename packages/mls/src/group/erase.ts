import type { EpochSecrets } from '../schedule/keySchedule.ts';
import type { Ratchet, SecretNode } from '../schedule/secretTree.ts';
import type { GroupState, PendingCommit, RemovedState, StagedCommit, StagedJoin } from './types.ts';

/**
 * Overwriting secrets. States share buffers, and sharing is by identity: what the later state still holds is
 * the very same array, so whatever is not identical is superseded and can go.
 */

function secretsOf(secrets: EpochSecrets): Uint8Array[] {
  return [
    secrets.senderDataSecret,
    secrets.exporterSecret,
    secrets.externalSecret,
    secrets.membershipKey,
    secrets.resumptionPsk,
    secrets.epochAuthenticator,
    secrets.initSecret,
  ];
}

function eraseRatchet(previous: Ratchet, next: Ratchet | null): void {
  if (previous === next) return;
  if (previous.secret !== next?.secret) previous.secret.fill(0);
  if (previous.skipped === next?.skipped) return;
  const kept = new Set(next?.skipped);
  for (const skipped of previous.skipped) {
    if (kept.has(skipped)) continue;
    skipped.key.fill(0);
    skipped.nonce.fill(0);
  }
}

function eraseNode(previous: SecretNode, next: SecretNode | null): void {
  if (previous === next) return;
  switch (previous.kind) {
    case 'secret':
      previous.secret.fill(0);
      return;
    case 'parent': {
      const parent = next?.kind === 'parent' ? next : null;
      eraseNode(previous.left, parent?.left ?? null);
      eraseNode(previous.right, parent?.right ?? null);
      return;
    }
    case 'leaf': {
      const leaf = next?.kind === 'leaf' ? next : null;
      eraseRatchet(previous.handshake, leaf?.handshake ?? null);
      eraseRatchet(previous.application, leaf?.application ?? null);
      return;
    }
  }
}

/**
 * Overwrites every secret of `previous` that `next` does not hold, and makes `previous` unusable. Call it
 * once `next` has been persisted, with states of one group, `next` having come from `previous` (by any number
 * of steps) or from a pending commit made from it.
 */
export function eraseSuperseded(previous: GroupState, next: GroupState | RemovedState): void {
  if (next === previous) return;
  const later = next.kind === 'active' ? next.own : null;
  const { own } = previous;
  own.life.erased = true;
  eraseNode(own.secretTree.root, later?.secretTree.root ?? null);
  if (own.secrets !== later?.secrets) for (const secret of secretsOf(own.secrets)) secret.fill(0);
  if (own.privateKeys === later?.privateKeys) return;
  const kept = new Set(later?.privateKeys.values());
  for (const key of own.privateKeys.values()) if (!kept.has(key)) key.fill(0);
}

/** Overwrites all secrets of a state, and makes it unusable. */
export function eraseState(state: GroupState): void {
  const { groupId, epoch } = state.groupContext;
  eraseSuperseded(state, { kind: 'removed', groupId, epoch });
}

/** For a pending commit that will never be accepted: overwrites what it holds beyond `current`. */
export function erasePendingCommit(pending: PendingCommit, current: GroupState | null): void {
  if (current === null) eraseState(pending.nextState);
  else eraseSuperseded(pending.nextState, current);
}

/** For a staged commit or Welcome that is not merged: overwrites what it holds beyond `current`. */
export function eraseStaged(staged: StagedCommit | StagedJoin, current: GroupState | null): void {
  if (staged.next.kind !== 'active') return;
  if (current === null) eraseState(staged.next);
  else eraseSuperseded(staged.next, current);
}

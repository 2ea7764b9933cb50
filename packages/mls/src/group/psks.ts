import type { CipherSuite } from '@sotto/primitives';
import { equalBytes } from '@sotto/primitives';
import { encodeWith } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { ensure, refuse } from '../refusal.ts';
import { pskSecretOf } from '../schedule/pskSecret.ts';
import {
  type PreSharedKeyId,
  type PreSharedKeyName,
  writePreSharedKeyId,
} from '../structs/preSharedKeyId.ts';
import { bytesKey } from '../tree/bytesKey.ts';
import type { GroupState, PskLookup } from './types.ts';

/** Pre-shared keys of a commit or Welcome (RFC 9420 §8.4, §12.1.4). */

export function nameOf(id: PreSharedKeyId): PreSharedKeyName {
  return id.kind === 'external'
    ? { kind: 'external', pskId: id.pskId }
    : { kind: 'resumption', usage: id.usage, groupId: id.groupId, epoch: id.epoch };
}

/** Refuses ids that may not stand in one list. `isFirstCommit` says whether reinit and branch may occur. */
export function checkPskIds(
  suite: CipherSuite,
  ids: readonly PreSharedKeyId[],
  isFirstCommit: boolean,
): void {
  ensure(ids.length <= limits.maxPreSharedKeys, 'MLS-P-15');
  const seen = new Set<string>();
  for (const id of ids) {
    ensure(id.nonce.length === suite.kdf.size, 'MLS-8.4-01');
    ensure(id.kind === 'external' || id.usage === 'application' || isFirstCommit, 'MLS-8.4-02');
    const key = bytesKey(encodeWith(id, writePreSharedKeyId));
    ensure(!seen.has(key), 'MLS-12.2-04');
    seen.add(key);
  }
}

/** psk_secret for the ids, in order. The current epoch's own resumption key need not be looked up. */
export function gatherPskSecret(
  suite: CipherSuite,
  ids: readonly PreSharedKeyId[],
  lookup: PskLookup | undefined,
  current: GroupState | null,
): Uint8Array {
  const psks = ids.map((id) => {
    const name = nameOf(id);
    const isCurrent =
      current !== null &&
      name.kind === 'resumption' &&
      name.epoch === current.groupContext.epoch &&
      equalBytes(name.groupId, current.groupContext.groupId);
    const found = isCurrent ? current.own.secrets.resumptionPsk : (lookup?.(name) ?? null);
    return { id, secret: found?.slice() ?? refuse('MLS-8.4-05') };
  });
  const secret = pskSecretOf(suite, psks);
  for (const psk of psks) psk.secret.fill(0);
  return secret;
}

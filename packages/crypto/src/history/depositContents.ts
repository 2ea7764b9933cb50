/**
 * What is sealed in a deposit (spec/history.md, "Deposits"): an epoch's history key; of a group with the epoch's roles
 * behind it, and, for those who are given what was said before them, the keys of earlier epochs.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes } from '@sotto/primitives';
import { type DepositedEpoch, DepositedEpochSchema, type EpochRoles as RolesMessage } from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import type { EpochRoles } from '../group/policyTypes.ts';
import { rolesFrom, rolesMessage } from '../group/rightsCodec.ts';
import { isSameRoles } from '../group/roles.ts';
import type { DepositedKey, DepositKeys } from '../group/types.ts';
import { historyKeySizeBytes } from './historyKey.ts';

/** Room in one deposit beside what HPKE adds. */
const maxContentsSizeBytes = 30_000;
/** Of fields and numbers around a run of keys. */
const runSizeBytes = 24;
const maxRoleSizeBytes = 700;

/** `earlier`: descending. */
export function encodeDepositContents({
  historyKey,
  roles,
  earlier,
}: Omit<DepositKeys, 'epoch'>): Uint8Array {
  if (roles === undefined && earlier === undefined) return historyKey.slice();
  const message = create(DepositedEpochSchema, {
    ...(roles === undefined ? {} : { roles: rolesMessage(roles) }),
    earlier: runsOf(earlier ?? []).map((run) => ({
      firstEpoch: run.at(-1)!.epoch,
      keys: concatBytes(...run.toReversed().map((one) => one.historyKey)),
      ...(run[0]!.roles === undefined ? {} : { roles: rolesMessage(run[0]!.roles) }),
    })),
  });
  return concatBytes(historyKey, toBinary(DepositedEpochSchema, message));
}

/**
 * Null where it is no such contents, or holds keys that are not of epochs from `firstEpoch` to below `epoch`, each once.
 */
export function decodeDepositContents(
  contents: Uint8Array,
  epoch: bigint,
  firstEpoch: bigint,
): Omit<DepositKeys, 'epoch'> | null {
  if (contents.length < historyKeySizeBytes) return null;
  const historyKey = contents.slice(0, historyKeySizeBytes);
  if (contents.length === historyKeySizeBytes) return { historyKey };
  const decoded = decodeMessage(DepositedEpochSchema, contents.subarray(historyKeySizeBytes));
  if (decoded === null) return null;
  const roles = readRoles(decoded.roles);
  const earlier = readRuns(decoded, epoch, firstEpoch);
  return roles === null || earlier === null ? null : { historyKey, ...roles, earlier };
}

/** Keys in as few lots as fit deposits, each the newest first. */
export function depositLots(keys: readonly DepositedKey[]): DepositKeys[] {
  const sorted = [...keys].sort((one, other) => (one.epoch < other.epoch ? 1 : -1));
  const lots: DepositedKey[][] = [];
  let sizeBytes = maxContentsSizeBytes;
  for (const key of sorted) {
    const last = lots.at(-1)?.at(-1);
    sizeBytes += historyKeySizeBytes;
    if (last === undefined || !isNext(last, key)) sizeBytes += runSizeBytes + maxRoleSizeBytes;
    if (sizeBytes <= maxContentsSizeBytes) {
      lots.at(-1)!.push(key);
      continue;
    }
    lots.push([key]);
    sizeBytes = historyKeySizeBytes + runSizeBytes + maxRoleSizeBytes;
  }
  return lots.map(([newest, ...earlier]) => ({ ...newest!, earlier }));
}

function runsOf(keys: readonly DepositedKey[]): DepositedKey[][] {
  const runs: DepositedKey[][] = [];
  for (const key of keys) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && isNext(last, key)) runs.at(-1)!.push(key);
    else runs.push([key]);
  }
  return runs;
}

function isNext(later: DepositedKey, key: DepositedKey): boolean {
  return later.epoch === key.epoch + 1n && isSame(later.roles, key.roles);
}

function isSame(one: EpochRoles | undefined, other: EpochRoles | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && isSameRoles(one, other));
}

function readRuns({ earlier }: DepositedEpoch, epoch: bigint, firstEpoch: bigint): DepositedKey[] | null {
  const keys: DepositedKey[] = [];
  let below = epoch;
  for (const run of earlier) {
    const count = run.keys.length / historyKeySizeBytes;
    const roles = readRoles(run.roles);
    if (roles === null || !Number.isInteger(count) || count === 0) return null;
    if (run.firstEpoch < firstEpoch || run.firstEpoch + BigInt(count) > below) return null;
    below = run.firstEpoch;
    for (let at = count - 1; at >= 0; at--) {
      const historyKey = run.keys.slice(at * historyKeySizeBytes, (at + 1) * historyKeySizeBytes);
      keys.push({ epoch: run.firstEpoch + BigInt(at), historyKey, ...roles });
    }
  }
  return keys;
}

function readRoles(message: RolesMessage | undefined): { readonly roles?: EpochRoles } | null {
  if (message === undefined) return {};
  const roles = rolesFrom(message);
  return roles === null ? null : { roles };
}

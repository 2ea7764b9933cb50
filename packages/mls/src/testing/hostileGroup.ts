import { type CipherSuite, suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { expect } from 'vitest';
import { encodeWith } from '../codec/writer.ts';
import {
  encodePrivateState,
  encodePublicTree,
  extensionTypes,
  type GroupState,
  type MlsRule,
  type PendingCommit,
  type Refused,
  rules,
  type Unprotected,
  type UnprotectOptions,
  unprotect,
} from '../index.ts';
import { writeExternalSenders } from '../structs/externalSenders.ts';
import { accepted, toHex } from './bytes.ts';
import { Device, groupOf, policy } from './device.ts';

/** A group with a malicious member, for tests of what its honest members make of what that one sends. */
export interface HostileGroup {
  readonly suite: CipherSuite;
  readonly mallory: Device;
  /** Sends proposals from outside, as number 0 of the group's external senders. */
  readonly outsider: Device;
  readonly honest: readonly Device[];
  /** A leaf inside the tree without a member. */
  readonly blankLeaf: number;
  readonly last: PendingCommit;
}

/** The classical suite, in which these tests are quick; the hybrid with SOTTO_MLS_SUITE=hybrid. */
export const hostileSuite: CipherSuite = (await loadNodeProvider()).suite(
  process.env.SOTTO_MLS_SUITE === 'hybrid' ? suiteIds.hybridChaCha20 : suiteIds.x25519ChaCha20,
);

async function spread(pending: PendingCommit, by: Device, all: readonly Device[]): Promise<void> {
  for (const device of all) if (device !== by) await device.receive(pending.commitMessage);
  by.become(pending.nextState);
}

/** Seven leaves of eight with filled and blank parents, an unmerged leaf, a blank leaf and an external sender. */
export async function hostileGroup(suite: CipherSuite = hostileSuite): Promise<HostileGroup> {
  let all = await groupOf(suite, 6);
  for (const i of [0, 2, 5, 1]) await spread(await all[i]!.commit([]), all[i]!, all);
  const outsider = await Device.make(suite, 'outsider');
  const senders = [{ signatureKey: outsider.signer.publicKey, credential: outsider.credential }];
  const data = encodeWith(senders, writeExternalSenders);
  const extensions = [{ type: extensionTypes.externalSenders, data }];
  const blankLeaf = 4;
  const gone = all[blankLeaf]!;
  const removal = await all[0]!.commit([
    { kind: 'remove', leafIndex: blankLeaf },
    { kind: 'groupContextExtensions', extensions },
  ]);
  await spread(removal, all[0]!, all);
  all = all.filter((device) => device !== gone);
  const joiners = [await Device.make(suite, 'in the gap'), await Device.make(suite, 'newcomer')];
  const adds = await Promise.all(
    joiners.map(async (joiner) => ({ kind: 'add', keyPackage: await joiner.publish() }) as const),
  );
  const added = await all[0]!.commit(adds, { path: 'ifRequired' });
  await spread(added, all[0]!, all);
  for (const joiner of joiners) await joiner.join(added);
  all = [...all, ...joiners];
  const last = await all[2]!.commit([{ kind: 'remove', leafIndex: blankLeaf }]);
  await spread(last, all[2]!, all);
  all = all.filter((device) => device !== joiners[0]);
  const mallory = all[1]!;
  return { suite, mallory, outsider, honest: all.filter((device) => device !== mallory), blankLeaf, last };
}

function snapshot(state: GroupState): string {
  return toHex(encodePrivateState(state)) + toHex(encodePublicTree(state));
}

export function refusedBy(rule: MlsRule): Refused {
  return { kind: 'refused', reason: rules[rule], rule };
}

const lenient = { ...policy, allowProposalReferences: true };

/**
 * Each honest member takes the messages in `first`, if any, and refuses `message` for the rule; its state is then to
 * the byte what it was.
 */
export async function expectRefusedByAll(
  group: HostileGroup,
  message: Uint8Array,
  rule: MlsRule,
  options: Partial<UnprotectOptions> = {},
  first: readonly Uint8Array[] = [],
): Promise<void> {
  for (const device of group.honest) {
    let state = device.active;
    for (const earlier of first) {
      const taken = accepted(await unprotect(state, earlier, { ...lenient, ...options }));
      if (taken.kind === 'stagedCommit') throw new Error('a commit comes alone');
      state = taken.state;
    }
    const before = snapshot(state);
    expect(await unprotect(state, message, { ...lenient, ...options })).toEqual(refusedBy(rule));
    expect(snapshot(state)).toBe(before);
  }
}

/** What the first honest member makes of a message. */
export function given(group: HostileGroup, message: Uint8Array): Promise<Unprotected> {
  return unprotect(group.honest[0]!.active, message, lenient);
}

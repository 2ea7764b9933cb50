import { type CipherSuite, equalBytes } from '@sotto/primitives';
import {
  applyStateDelta,
  type CommitOptions,
  commit,
  createGroup,
  createKeyPackage,
  decodeKeyPackageSecrets,
  decodePendingCommit,
  decodeStateRecords,
  type ExternalJoinOptions,
  encodeKeyPackageSecrets,
  encodePendingCommit,
  encodePrivateState,
  encodePublicTree,
  eraseKeyPackage,
  eraseSuperseded,
  externalJoin,
  type GroupState,
  type LeafPolicy,
  merge,
  mergeJoin,
  type OwnKeyPackage,
  type PendingCommit,
  type ProposalInput,
  protect,
  type RemovedState,
  type Signer,
  type StateRecord,
  stageWelcome,
  stateDelta,
  type Unprotected,
  type UnprotectOptions,
  unprotect,
  type VerifiedKeyPackage,
  verifyGroupInfo,
  verifyKeyPackage,
} from '../index.ts';
import { keyStartsOf } from '../tree/keyStarts.ts';
import { keyStartsIn } from '../tree/ratchetTree.ts';
import { accepted, check } from './bytes.ts';

export const testNowMs = Date.UTC(2026, 10, 1);
export const policy: LeafPolicy = { nowMs: testNowMs };
export const testLifetime = {
  notBefore: BigInt(testNowMs / 1000 - 3600),
  notAfter: BigInt(testNowMs / 1000 + 90 * 24 * 3600),
};
export const testGroupId = new TextEncoder().encode('a test group');

/** What is known of the tree's keys by itself must be what they are. */
function checkKeyStarts(state: GroupState): void {
  const { leafCount, leaves, parents } = state.tree;
  const known = keyStartsIn(state.tree);
  const fresh = keyStartsOf(leafCount, leaves, parents);
  check(known.length === fresh.length && known.every((start, i) => start === fresh[i]), 'starts of keys');
}

export function sameRecords(
  left: ReadonlyMap<string, StateRecord>,
  right: ReadonlyMap<string, StateRecord>,
): boolean {
  if (left.size !== right.size) return false;
  for (const [name, { value }] of left) {
    const other = right.get(name);
    if (other === undefined || !equalBytes(other.value, value)) return false;
  }
  return true;
}

/**
 * A member as an application would run one: pending commits go through their encoding before they are sent,
 * and superseded states are erased, so that whatever a later step still needs must really be in the new state.
 */
export class Device {
  readonly suite: CipherSuite;
  readonly signer: Signer;
  readonly name: string;
  state: GroupState | RemovedState | null = null;
  /** What is stored of the state. */
  readonly records = new Map<string, StateRecord>();
  #keyPackage: Uint8Array | null = null;

  constructor(suite: CipherSuite, signer: Signer, name: string) {
    this.suite = suite;
    this.signer = signer;
    this.name = name;
  }

  static async make(suite: CipherSuite, name: string): Promise<Device> {
    return new Device(suite, await suite.signature.importKey(suite.signature.generateSeed()), name);
  }

  get credential(): { readonly kind: 'basic'; readonly identity: Uint8Array } {
    return { kind: 'basic', identity: new TextEncoder().encode(this.name) };
  }

  get active(): GroupState {
    if (this.state?.kind !== 'active') throw new Error(`${this.name} is not in the group`);
    return this.state;
  }

  async create(groupId: Uint8Array = testGroupId): Promise<void> {
    const { credential } = this;
    const options = { groupId, credential, lifetime: testLifetime };
    this.become(accepted(await createGroup(this.suite, this.signer, options)));
  }

  async publish(): Promise<VerifiedKeyPackage> {
    const { credential } = this;
    const own = await createKeyPackage(this.suite, this.signer, { credential, lifetime: testLifetime });
    this.#keyPackage = encodeKeyPackageSecrets(own);
    return accepted(await verifyKeyPackage(this.suite, own.bytes, policy));
  }

  ownKeyPackage(): OwnKeyPackage {
    if (this.#keyPackage === null) throw new Error('no KeyPackage published');
    return accepted(decodeKeyPackageSecrets(this.suite, this.#keyPackage));
  }

  /** Puts `next` in force: stores what it changes, then erases what it replaces. */
  become(next: GroupState | RemovedState): void {
    const previous = this.state?.kind === 'active' ? this.state : null;
    if (next.kind === 'active') applyStateDelta(this.records, stateDelta(previous, next));
    if (previous !== null) eraseSuperseded(previous, next);
    if (next.kind === 'active') checkKeyStarts(next);
    this.state = next;
  }

  /** Drops the live state and reads it back from its records, which must say what it says whole. */
  restart(): void {
    const state = this.active;
    const whole = [encodePrivateState(state), encodePublicTree(state)] as const;
    const atOnce = new Map<string, StateRecord>();
    applyStateDelta(atOnce, stateDelta(null, state));
    eraseSuperseded(state, { kind: 'removed', groupId: testGroupId, epoch: 0n });
    check(sameRecords(this.records, atOnce), `${this.name}'s records are those of its state`);
    const read = accepted(decodeStateRecords(this.suite, this.records.values()));
    check(equalBytes(encodePrivateState(read), whole[0]), `${this.name}'s private state was stored`);
    check(equalBytes(encodePublicTree(read), whole[1]), `${this.name}'s tree was stored`);
    this.state = read;
  }

  async commit(
    proposals: readonly ProposalInput[],
    options: Partial<CommitOptions> = {},
  ): Promise<PendingCommit> {
    const made = accepted(await commit(this.active, this.signer, { ...policy, proposals, ...options }));
    const { currentState } = made;
    const stored = encodePendingCommit(made, this.active);
    if (currentState !== null) this.become(currentState);
    return accepted(decodePendingCommit(this.suite, stored, this.active));
  }

  async join(pending: PendingCommit): Promise<void> {
    const keyPackage = this.ownKeyPackage();
    const welcome = pending.welcomes.find((each) =>
      each.keyPackageRefs.some((reference) => reference.join() === keyPackage.reference.join()),
    );
    check(welcome !== undefined, `${this.name} is welcome`);
    const { ratchetTree } = pending;
    const join = await stageWelcome(this.suite, { welcome: welcome.bytes, keyPackage, ratchetTree });
    this.become(mergeJoin(accepted(join)));
    eraseKeyPackage(keyPackage);
  }

  async joinExternally(
    from: PendingCommit,
    options: Partial<ExternalJoinOptions> = {},
  ): Promise<PendingCommit> {
    const groupInfo = accepted(await verifyGroupInfo(this.suite, from.groupInfo, from.ratchetTree));
    const { credential } = this;
    const pending = await externalJoin(this.suite, this.signer, {
      ...policy,
      groupInfo,
      credential,
      ...options,
    });
    return accepted(decodePendingCommit(this.suite, encodePendingCommit(accepted(pending))));
  }

  async send(text: string): Promise<Uint8Array> {
    const data = new TextEncoder().encode(text);
    const padding = (size: number): number => Math.max(256, size);
    const sent = accepted(await protect(this.active, this.signer, data, { padding }));
    this.become(sent.state);
    return sent.bytes;
  }

  /** Puts the result of any message in force. */
  async receive(message: Uint8Array, options: Partial<UnprotectOptions> = {}): Promise<Unprotected> {
    const received = await unprotect(this.active, message, { ...policy, ...options });
    switch (received.kind) {
      case 'application':
      case 'proposal':
        this.become(received.state);
        break;
      case 'stagedCommit':
        this.become(merge(received));
        break;
      case 'refused':
        break;
    }
    return received;
  }

  async read(message: Uint8Array): Promise<string> {
    const received = accepted(await this.receive(message));
    check(received.kind === 'application', 'an application message');
    return new TextDecoder().decode(received.data);
  }
}

/** Devices `0` to `count - 1` in one group; `0` has created it and added the others in one commit. */
export async function groupOf(suite: CipherSuite, count: number): Promise<Device[]> {
  const devices = await Promise.all(
    Array.from({ length: count }, (_, i) => Device.make(suite, `device ${i}`)),
  );
  const [creator, ...others] = devices as [Device, ...Device[]];
  await creator.create();
  if (others.length === 0) return devices;
  const keyPackages = await Promise.all(others.map((device) => device.publish()));
  const pending = await creator.commit(keyPackages.map((keyPackage) => ({ kind: 'add', keyPackage })));
  creator.become(pending.nextState);
  for (const device of others) await device.join(pending);
  return devices;
}

/** Conversations for tests: made and joined as the client does it. */
import type { SuiteId } from '@sotto/primitives';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import { idFromBytes } from '@sotto/protocol';
import type { DeviceKeys } from '../account/types.ts';
import { joinFromWelcome } from '../group/joinFromWelcome.ts';
import { createKeyPackages } from '../group/keyPackages.ts';
import { createConversationGroup } from '../group/ownCommits.ts';
import { directPolicy } from '../group/policy.ts';
import type {
  ClaimedKeyPackage,
  ConversationGroup,
  CryptoContext,
  Directory,
  NewKeyPackage,
  PendingCommit,
  Self,
} from '../group/types.ts';
import { directoryOf, nowMs, provider, type TestAccount } from './account.ts';

export const context: CryptoContext = { provider, nowMs };

/** The value of an operation that must not be refused. */
export function accepted<T extends { kind: string }>(result: T): Exclude<T, { kind: 'refused' }> {
  if (result.kind === 'refused') throw new Error(`refused: ${JSON.stringify(result)}`);
  return result as Exclude<T, { kind: 'refused' }>;
}

export function newTransaction(): TransactionId {
  return idFromBytes<TransactionId>(provider.randomBytes(16))!;
}

export interface TestDevice {
  readonly account: TestAccount;
  readonly self: Self;
}

export async function deviceOf(account: TestAccount, keys?: DeviceKeys): Promise<TestDevice> {
  return { account, self: await account.self(keys) };
}

/** A KeyPackage of the device, as the server would give it out, with its private part. */
export async function keyPackageOf(
  device: TestDevice,
  suite?: SuiteId,
  at = nowMs,
): Promise<{ claimed: ClaimedKeyPackage; own: NewKeyPackage }> {
  const options = suite === undefined ? {} : { suite };
  const [own] = await createKeyPackages({ provider, nowMs: at }, device.self, 1, options);
  const { accountId, deviceId } = device.self;
  return { claimed: { accountId, deviceId, keyPackage: own!.keyPackage }, own: own! };
}

export interface TestConversation {
  readonly conversationId: ConversationId;
  readonly directory: Directory;
  readonly created: PendingCommit;
  /** The group as each device has it: the creator's first. */
  readonly groups: ConversationGroup[];
}

/** A direct conversation that `devices[0]` creates and the others join by Welcome. */
export async function createConversation(
  devices: readonly TestDevice[],
  suite?: SuiteId,
): Promise<TestConversation> {
  const conversationId = idFromBytes<ConversationId>(provider.randomBytes(16))!;
  const directory = directoryOf(...new Set(devices.map(({ account }) => account)));
  const policy = directPolicy(devices.map(({ self }) => self.accountId));
  const [creator, ...others] = devices;
  const packages = await Promise.all(others.map((device) => keyPackageOf(device, suite)));
  const created = accepted(
    await createConversationGroup(
      context,
      creator!.self,
      {
        conversationId,
        policy,
        members: packages.map(({ claimed }) => claimed),
        ...(suite === undefined ? {} : { suite }),
      },
      directory,
    ),
  );
  const groups = [created.next];
  for (const [at, device] of others.entries()) {
    const { own } = packages[at]!;
    groups.push(await joinByWelcome(created, device, own, directory));
  }
  return { conversationId, directory, created, groups };
}

export async function joinByWelcome(
  pending: PendingCommit,
  device: TestDevice,
  own: NewKeyPackage,
  directory: Directory,
): Promise<ConversationGroup> {
  const welcome = pending.append.welcomes.find(({ deviceId }) => deviceId === device.self.deviceId)!;
  const joined = accepted(
    await joinFromWelcome(
      context,
      device.self,
      {
        conversationId: pending.next.conversationId,
        welcome: welcome.welcome,
        ratchetTree: pending.append.ratchetTree,
        findKeyPackage: (ref) => (ref.toHex() === own.ref.toHex() ? own.privatePart : null),
      },
      directory,
    ),
  );
  return joined.group;
}

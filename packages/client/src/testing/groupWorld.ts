import type { AccountId } from '@sotto/protocol';
import type { ConversationDetailsView, ConversationView, NewGroup } from '../api.ts';
import type { TestAccount, TestDevice, TestWorld } from './testWorld.ts';

/** Three people, each with one device that is online. */
export async function threeOnline(
  world: TestWorld,
  names: readonly [string, string, string],
): Promise<{
  readonly accounts: [TestAccount, TestAccount, TestAccount];
  readonly devices: [TestDevice, TestDevice, TestDevice];
}> {
  const [one, two, three] = names;
  const accounts: [TestAccount, TestAccount, TestAccount] = [
    await world.addAccount(one),
    await world.addAccount(two),
    await world.addAccount(three),
  ];
  const devices: [TestDevice, TestDevice, TestDevice] = [
    await accounts[0].addDevice(),
    await accounts[1].addDevice(),
    await accounts[2].addDevice(),
  ];
  await Promise.all(devices.map((device) => device.online()));
  return { accounts, devices };
}

/** The group that a device shows; there is one in these tests. */
export const groupOf = (device: TestDevice): ConversationView | undefined =>
  device.conversations.find(({ kind }) => kind === 'group');

/** Its id on this device. */
export function groupId(device: TestDevice): ConversationView['conversationId'] {
  const group = groupOf(device);
  if (group === undefined) throw new Error('There is no group');
  return group.conversationId;
}

export function groupDetails(device: TestDevice): ConversationDetailsView {
  let found: ConversationDetailsView | null = null;
  device.api.watch({ kind: 'conversation', conversationId: groupId(device) }, (value) => {
    found = value;
  })();
  if (found === null) throw new Error('There is no group');
  return found;
}

/** "anna owner", … in alphabetical order. */
export function rolesIn(device: TestDevice): string[] {
  return groupDetails(device)
    .members.map(({ account, role }) => `${account.username} ${role}`)
    .sort();
}

export function newGroup(
  members: readonly (TestAccount | AccountId)[],
  more: Partial<NewGroup> = {},
): NewGroup {
  return {
    name: 'Walkers',
    photo: new Uint8Array(0),
    description: 'Every Sunday',
    sharesHistory: false,
    memberIds: members.map((one) => (typeof one === 'string' ? one : one.accountId)),
    ...more,
  };
}

/** Made by the first, and there with all. */
export async function createdGroup(
  world: TestWorld,
  devices: readonly [TestDevice, ...TestDevice[]],
  more: Partial<NewGroup> = {},
): Promise<ConversationView['conversationId']> {
  const [creator, ...others] = devices;
  const made = await creator.api.createGroup(
    newGroup(
      others.map(({ accountId }) => accountId),
      more,
    ),
  );
  if (made.kind === 'problem') throw new Error(made.problem.kind);
  await world.until(
    () => devices.every((device) => groupOf(device)?.state === 'ready'),
    'all have the group',
  );
  return made.value;
}

/** Lets time pass until the command is answered. */
export async function answered<T>(world: TestWorld, work: Promise<T>): Promise<T> {
  const result = await world.result(work);
  if ('error' in result) throw result.error;
  return result.value;
}

/** What the thread says of the group's changes, as words. */
export async function changeLines(world: TestWorld, device: TestDevice): Promise<string[]> {
  const messages = await answered(world, device.messages(groupId(device)));
  return messages.flatMap(({ body }) => {
    if (body.kind !== 'notice' || body.notice.kind !== 'groupChanged') return [];
    const { account, change, also } = body.notice;
    return [change, ...(also ?? [])].map((one) =>
      [
        account.username,
        one.kind,
        ...('accounts' in one ? one.accounts.map(({ username }) => username) : []),
        ...('name' in one ? [one.name] : []),
        ...('seesEarlier' in one && one.seesEarlier ? ['and what was said before'] : []),
      ].join(' '),
    );
  });
}

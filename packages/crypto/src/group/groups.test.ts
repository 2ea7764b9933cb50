/** The life of a group, from its creation to healing. Over 400 lines, because the steps share one setting. */
import { suiteIds } from '@sotto/primitives';
import type { ConversationId, DeviceId } from '@sotto/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { protectMessage, unprotectMessage } from '../envelope/message.ts';
import { directoryOf, flipBit, nowMs, provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  joinByWelcome,
  keyPackageOf,
  newTransaction,
  type TestDevice,
} from '../testing/conversation.ts';
import { epochAuthenticatorOf, eraseGroup } from './conversationGroup.ts';
import { groupDelta } from './groupRecords.ts';
import { joinExternally } from './joinExternally.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { addDevices, createConversationGroup, removeDevices } from './ownCommits.ts';
import { erasePendingCommit } from './pendingCommit.ts';
import { directPolicy } from './policy.ts';
import { stageCommit } from './stageCommit.ts';
import type { ClaimedKeyPackage, ConversationGroup, NewKeyPackage, Self } from './types.ts';

const day = 24 * 3_600_000;
let alice: TestAccount;
let bob: TestAccount;
let mallory: TestAccount;

beforeAll(async () => {
  [alice, bob, mallory] = await Promise.all([
    TestAccount.create(),
    TestAccount.create(),
    TestAccount.create(),
  ]);
});

async function talk(from: ConversationGroup, self: Self, to: ConversationGroup) {
  const content = provider.randomBytes(20);
  const transactionId = newTransaction();
  const sent = accepted(await protectMessage(context, from, self, { content, transactionId }));
  const message = { body: sent.body, live: sent.live, transactionId, sender: self };
  const opened = accepted(await unprotectMessage(context, to, message));
  expect(opened.content).toEqual(content);
  return { from: sent.group, to: opened.group };
}

function expectOneEpoch(...groups: readonly ConversationGroup[]) {
  const authenticators = groups.map((group) => epochAuthenticatorOf(group).toHex());
  expect(new Set(authenticators).size).toBe(1);
}

describe.each([
  ['hybrid', suiteIds.hybridChaCha20],
  ['classical', suiteIds.x25519ChaCha20],
] as const)('a conversation in the %s suite', (_, suite) => {
  it('begins with all devices of both, and everyone reads everyone', async () => {
    const owner = await TestAccount.create();
    const devices = await Promise.all([
      deviceOf(owner),
      deviceOf(owner, await owner.addDevice()),
      deviceOf(bob),
    ]);
    const { groups, created } = await createConversation(devices, suite);
    expectOneEpoch(...groups);
    expect(created.epoch).toBe(0n);
    expect(created.append.external).toBe(false);
    expect(created.append.added.map(({ deviceId }) => deviceId)).toEqual(
      devices.slice(1).map(({ self }) => self.deviceId),
    );
    for (const group of groups) {
      expect(group.epoch).toBe(1n);
      expect(group.suite).toBe(suite);
      expect(group.policy).toEqual(directPolicy([owner.accountId, bob.accountId]));
      expect(group.roster.map(({ deviceId }) => deviceId)).toEqual(devices.map(({ self }) => self.deviceId));
    }
    for (const from of [0, 1, 2]) {
      for (const to of [0, 1, 2].filter((at) => at !== from)) {
        const moved = await talk(groups[from]!, devices[from]!.self, groups[to]!);
        groups[from] = moved.from;
        groups[to] = moved.to;
      }
    }
  });

  it('is joined by a new device itself, and left when its account drops the device', async () => {
    const owner = await TestAccount.create();
    const first = await deviceOf(owner);
    const peer = await deviceOf(bob);
    const { groups, conversationId, created } = await createConversation([first, peer], suite);
    let [atFirst, atPeer] = groups as [ConversationGroup, ConversationGroup];
    const newKeys = await owner.addDevice();
    const second = await deviceOf(owner, newKeys);
    const directory = directoryOf(owner, bob);
    const { groupInfo, ratchetTree } = created.append;
    const join = (id: ConversationId) =>
      joinExternally(context, second.self, { conversationId: id, groupInfo, ratchetTree }, directory);
    expect(await join(newTransaction() as string as ConversationId)).toMatchObject({
      reason: 'wrong_conversation',
    });
    const pending = accepted(await join(conversationId));
    expect(pending.append.external).toBe(true);
    expect(pending.append.added).toEqual([{ accountId: owner.accountId, deviceId: newKeys.deviceId }]);
    expect(pending.current).toBeNull();
    for (const at of [atFirst, atPeer]) {
      const staged = accepted(await stageCommit(context, at, pending.append.commit, directory));
      expect(staged).toMatchObject({ external: true, selfRemoved: false, left: [] });
      expect(staged.joined).toEqual(pending.append.added);
      const next = staged.merge()!;
      eraseGroup(at, next);
      if (at === atFirst) atFirst = next;
      else atPeer = next;
    }
    expectOneEpoch(atFirst, atPeer, pending.next);
    const moved = await talk(pending.next, second.self, atPeer);
    let atSecond = moved.from;
    atPeer = moved.to;

    // Bob may not remove it while it is listed, and may once it is not.
    expect(await removeDevices(context, atPeer, peer.self, [newKeys.deviceId], directory)).toMatchObject({
      reason: 'not_allowed_to_remove',
    });
    await owner.removeDevice(newKeys);
    const removal = accepted(await removeDevices(context, atPeer, peer.self, [newKeys.deviceId], directory));
    const staged = accepted(await stageCommit(context, atFirst, removal.append.commit, directory));
    expect(staged.left).toEqual([{ accountId: owner.accountId, deviceId: newKeys.deviceId }]);
    atFirst = staged.merge()!;
    const removed = accepted(await stageCommit(context, atSecond, removal.append.commit, directory));
    expect(removed.selfRemoved).toBe(true);
    expect(removed.left).toEqual(staged.left);
    expect(removed.merge()).toBeNull();
    eraseGroup(atSecond, null);
    atSecond = removal.next;
    expectOneEpoch(atFirst, removal.next);
    await talk(removal.next, peer.self, atFirst);
  });
});

describe('creating', () => {
  const directory = () => directoryOf(alice, bob, mallory);

  async function create(claimed: ClaimedKeyPackage, at = context) {
    const { self } = await deviceOf(alice);
    const options = {
      conversationId: provider.randomBytes(16).toHex() as ConversationId,
      policy: directPolicy([alice.accountId, bob.accountId]),
      members: [claimed],
    };
    return createConversationGroup(at, self, options, directory());
  }

  it('refuses KeyPackages that are not what the server says', async () => {
    const bobs = await deviceOf(bob);
    const { claimed } = await keyPackageOf(bobs);
    const mallorys = await deviceOf(mallory);
    const stranger = (await keyPackageOf(mallorys)).claimed;
    const otherDevice = await deviceOf(bob, await bob.addDevice());
    const thief: TestDevice = {
      account: mallory,
      self: { ...bobs.self, signingKey: mallorys.self.signingKey },
    };
    const stolen = (await keyPackageOf(thief)).claimed;
    const classical = (await keyPackageOf(bobs, suiteIds.x25519ChaCha20)).claimed;
    const cases: [ClaimedKeyPackage, object][] = [
      [stranger, { reason: 'account_not_in_policy' }],
      [{ ...stranger, accountId: bob.accountId }, { reason: 'account_not_in_policy' }],
      [{ ...claimed, deviceId: otherDevice.self.deviceId }, { reason: 'wrong_device' }],
      [stolen, { reason: 'invalid_credential', credential: 'wrong_key' }],
      [classical, { reason: 'unsupported_suite' }],
      [{ ...claimed, keyPackage: new Uint8Array(0) }, { reason: 'malformed' }],
      [{ ...claimed, keyPackage: claimed.keyPackage.slice(0, -1) }, { reason: 'malformed' }],
    ];
    for (const [bad, refusal] of cases) {
      const { accountId, deviceId } = bad;
      const result = await create(bad);
      expect(result).toMatchObject({ kind: 'refused', device: { accountId, deviceId }, ...refusal });
    }
    for (let bit = 40; bit < claimed.keyPackage.length * 8; bit += 1777) {
      const result = await create({ ...claimed, keyPackage: flipBit(claimed.keyPackage, bit) });
      expect(result.kind).toBe('refused');
    }
    expect((await create(claimed)).kind).toBe('pendingCommit');
  });

  it('takes KeyPackages for 90 days, and from devices whose clocks are up to a month ahead', async () => {
    const bobs = await deviceOf(bob);
    const { claimed } = await keyPackageOf(bobs);
    const at = (offset: number) => create(claimed, { provider, nowMs: nowMs + offset });
    expect((await at(90.9 * day)).kind).toBe('pendingCommit');
    expect((await at(-30.9 * day)).kind).toBe('pendingCommit');
    expect(await at(91.1 * day)).toMatchObject({ reason: 'expired_key_package' });
    expect(await at(-31.1 * day)).toMatchObject({ reason: 'expired_key_package' });
  });

  it('refuses devices that their chain does not list, or not any more', async () => {
    const owner = await TestAccount.create();
    const gone = await deviceOf(owner, await owner.addDevice());
    const { claimed } = await keyPackageOf(gone);
    await owner.removeDevice(owner.keys[1]!);
    const { self } = await deviceOf(alice);
    const options = {
      conversationId: provider.randomBytes(16).toHex() as ConversationId,
      policy: directPolicy([alice.accountId, owner.accountId]),
      members: [claimed],
    };
    const create = (known: ReturnType<typeof directoryOf>) =>
      createConversationGroup(context, self, options, known);
    expect(await create(directoryOf(alice, owner))).toMatchObject({
      reason: 'invalid_credential',
      credential: 'unknown_device',
    });
    expect(await create(directoryOf(alice))).toMatchObject({ reason: 'chain_unavailable' });
  });

  it('refuses a device twice, itself, and a policy without itself', async () => {
    const bobs = await deviceOf(bob);
    const { self } = await deviceOf(alice);
    const one = (await keyPackageOf(bobs)).claimed;
    const two = (await keyPackageOf(bobs)).claimed;
    const me = (await keyPackageOf({ account: alice, self })).claimed;
    const create = (members: ClaimedKeyPackage[], accountIds = [alice.accountId, bob.accountId]) =>
      createConversationGroup(
        context,
        self,
        {
          conversationId: newTransaction() as string as ConversationId,
          policy: directPolicy(accountIds),
          members,
        },
        directory(),
      );
    expect(await create([one, two])).toMatchObject({ reason: 'duplicate_device' });
    expect(await create([one, one])).toMatchObject({ reason: 'duplicate_device' });
    expect((await create([me])).kind).toBe('refused');
    expect(await create([one], [bob.accountId])).toMatchObject({ reason: 'account_not_in_policy' });
    expect(() => directPolicy([alice.accountId, bob.accountId, mallory.accountId])).toThrow(RangeError);
  });

  it('makes notes to oneself: a group of one device', async () => {
    const { self } = await deviceOf(alice);
    const pending = accepted(
      await createConversationGroup(
        context,
        self,
        {
          conversationId: newTransaction() as string as ConversationId,
          policy: directPolicy([alice.accountId, alice.accountId]),
          members: [],
        },
        directory(),
      ),
    );
    expect(pending.next.roster.length).toBe(1);
    expect(pending.append.welcomes).toEqual([]);
  });
});

describe('joining by Welcome', () => {
  it('is refused with another KeyPackage, tree, conversation or device', async () => {
    const alices = await deviceOf(alice);
    const bobs = await deviceOf(bob);
    const { claimed, own } = await keyPackageOf(bobs);
    const other = (await keyPackageOf(bobs)).own;
    const conversationId = newTransaction() as string as ConversationId;
    const policy = directPolicy([alice.accountId, bob.accountId]);
    const directory = directoryOf(alice, bob);
    const pending = accepted(
      await createConversationGroup(
        context,
        alices.self,
        { conversationId, policy, members: [claimed] },
        directory,
      ),
    );
    const { welcome } = pending.append.welcomes[0]!;
    const { ratchetTree } = pending.append;
    const join = async (
      change: Partial<Parameters<typeof joinFromWelcome>[2]>,
      self = bobs.self,
      known = directory,
    ) => {
      const findKeyPackage = (): Uint8Array => own.privatePart;
      const options = { conversationId, welcome, ratchetTree, findKeyPackage, ...change };
      const result = await joinFromWelcome(context, self, options, known);
      return result.kind === 'refused' ? result.reason : 'joined';
    };
    expect(await join({ findKeyPackage: () => null })).toBe('unknown_key_package');
    expect(await join({ findKeyPackage: () => other.privatePart })).toBe('unknown_key_package');
    expect(await join({ findKeyPackage: () => new Uint8Array(3) })).toBe('unsupported_suite');
    expect(await join({ conversationId: newTransaction() as string as ConversationId })).toBe(
      'wrong_conversation',
    );
    expect(await join({}, alices.self)).toBe('wrong_device');
    expect(await join({}, bobs.self, directoryOf(bob))).toBe('chain_unavailable');
    expect(await join({ welcome: new Uint8Array(0) })).toBe('malformed');
    expect(await join({ welcome: pending.append.commit })).toBe('malformed');
    expect(await join({ ratchetTree: new Uint8Array(0) })).not.toBe('joined');
    for (let bit = 0; bit < ratchetTree.length * 8; bit += 1999) {
      expect(await join({ ratchetTree: flipBit(ratchetTree, bit) })).not.toBe('joined');
    }
    for (let bit = 0; bit < welcome.length * 8; bit += 1499) {
      expect(await join({ welcome: flipBit(welcome, bit) })).not.toBe('joined');
    }
    expect(await join({})).toBe('joined');
  });

  it('is not stopped by a member whose account has dropped it', async () => {
    const owner = await TestAccount.create();
    const first = await deviceOf(owner);
    const stale = await deviceOf(owner, await owner.addDevice());
    const { created, directory } = await createConversation([first, stale]);
    await owner.removeDevice(owner.keys[1]!);
    const third = await deviceOf(owner, await owner.addDevice());
    const { claimed, own } = await keyPackageOf(third);
    const added = accepted(await addDevices(context, created.next, first.self, [claimed], directory));
    const group = await joinByWelcome(added, third, own, directory);
    expect(group.roster.length).toBe(3);
    const removal = accepted(
      await removeDevices(context, group, third.self, [stale.self.deviceId], directory),
    );
    expect(removal.next.roster.length).toBe(2);
  });
});

describe('own commits', () => {
  let first: TestDevice;
  let peer: TestDevice;
  let groups: ConversationGroup[];
  let directory: ReturnType<typeof directoryOf>;
  let own: { claimed: ClaimedKeyPackage; own: NewKeyPackage };
  let second: TestDevice;

  beforeAll(async () => {
    const owner = await TestAccount.create();
    first = await deviceOf(owner);
    peer = await deviceOf(bob);
    ({ groups, directory } = await createConversation([first, peer]));
    second = await deviceOf(owner, await owner.addDevice());
    own = await keyPackageOf(second);
  });

  it('are made, lost and made again', async () => {
    const [atFirst, atPeer] = groups as [ConversationGroup, ConversationGroup];
    const pending = accepted(await addDevices(context, atFirst, first.self, [own.claimed], directory));
    expect(groupDelta(atFirst, pending.current!).put).not.toEqual([]);
    const other = accepted(await removeDevices(context, atPeer, peer.self, [], directory));
    const staged = accepted(await stageCommit(context, pending.current!, other.append.commit, directory));
    expect(staged).toMatchObject({ joined: [], left: [], external: false });
    const next = staged.merge()!;
    erasePendingCommit(pending, next);
    const again = accepted(await addDevices(context, next, first.self, [own.claimed], directory));
    const atSecond = await joinByWelcome(again, second, own.own, directory);
    const seen = accepted(await stageCommit(context, other.next, again.append.commit, directory));
    expect(seen.joined).toEqual(again.append.added);
    expectOneEpoch(again.next, atSecond, seen.merge()!);
  });

  it('come back from the log as one\u2019s own', async () => {
    const [atFirst] = groups as [ConversationGroup];
    const pending = accepted(await addDevices(context, atFirst, first.self, [own.claimed], directory));
    const echo = await stageCommit(context, pending.current!, pending.append.commit, directory);
    expect(echo).toMatchObject({ reason: 'own_commit' });
    const late = await stageCommit(context, pending.next, pending.append.commit, directory);
    expect(late).toMatchObject({ reason: 'stale_epoch' });
  });

  it('name members only', async () => {
    const [atFirst] = groups as [ConversationGroup];
    const nobody = '00'.repeat(16) as DeviceId;
    expect(await removeDevices(context, atFirst, first.self, [nobody], directory)).toMatchObject({
      reason: 'not_a_member',
    });
    expect((await removeDevices(context, atFirst, first.self, [first.self.deviceId], directory)).kind).toBe(
      'refused',
    );
  });

  it('put a broken device back in its place by itself', async () => {
    const {
      groups: pair,
      created,
      conversationId,
      directory: known,
    } = await createConversation([first, peer]);
    const healed = accepted(
      await joinExternally(context, peer.self, { conversationId, ...created.append }, known),
    );
    const ref = { accountId: peer.self.accountId, deviceId: peer.self.deviceId };
    expect(healed.append).toMatchObject({ external: true, added: [ref], removed: [ref] });
    const staged = accepted(await stageCommit(context, pair[0]!, healed.append.commit, known));
    expect(staged).toMatchObject({ by: ref, joined: [], left: [], external: true });
    const next = staged.merge()!;
    expectOneEpoch(next, healed.next);
    expect(next.roster.length).toBe(2);
    const replaced = accepted(await stageCommit(context, pair[1]!, healed.append.commit, known));
    expect(replaced.selfRemoved).toBe(true);
  });
});

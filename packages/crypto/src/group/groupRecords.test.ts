import { beforeAll, describe, expect, it } from 'vitest';
import { protectMessage, unprotectMessage } from '../envelope/message.ts';
import { provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  newTransaction,
  type TestDevice,
} from '../testing/conversation.ts';
import { epochAuthenticatorOf, eraseGroup } from './conversationGroup.ts';
import { decodeConversationGroup, eraseGroupDelta, groupDelta } from './groupRecords.ts';
import { removeDevices } from './ownCommits.ts';
import { decodePendingCommit, erasePendingCommit } from './pendingCommit.ts';
import { stageCommit } from './stageCommit.ts';
import type { ConversationGroup, GroupDelta, GroupRecord, Self, StoredGroup } from './types.ts';

let alice: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  [alice, bob] = await Promise.all([TestAccount.create(), TestAccount.create()]);
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

/** What a device stores: records in a Map, as its tables would have them. */
class StoredRecords {
  readonly #records = new Map<string, GroupRecord>();
  readonly #suite: number;

  constructor(group: ConversationGroup) {
    this.#suite = group.suite;
    this.apply(groupDelta(null, group));
  }

  get stored(): StoredGroup {
    const records = [...this.#records.values()].map((record) => ({ ...record, value: record.value.slice() }));
    records.sort((a, b) => a.section.localeCompare(b.section) || a.index - b.index);
    return { suite: this.#suite, records };
  }

  apply({ clear, remove, put }: GroupDelta): void {
    const name = ({ section, index }: { section: string; index: number }) => `${section} ${index}`;
    for (const [at, { section }] of this.#records) if (clear.includes(section)) this.#records.delete(at);
    for (const key of remove) this.#records.delete(name(key));
    for (const record of put) this.#records.set(name(record), { ...record, value: record.value.slice() });
  }
}

const storedOf = (group: ConversationGroup) => new StoredRecords(group).stored;

describe('storage', () => {
  it('keeps groups and pending commits as they are', async () => {
    const devices = [await deviceOf(alice), await deviceOf(bob)];
    const { groups, created } = await createConversation(devices);
    const [atAlice, atBob] = groups as [ConversationGroup, ConversationGroup];
    const reloaded = accepted(decodeConversationGroup(provider, storedOf(atBob)));
    expect(storedOf(reloaded)).toEqual(storedOf(atBob));
    expect(reloaded).toMatchObject({ epoch: 1n, roster: atBob.roster, policy: atBob.policy });
    await talk(atAlice, devices[0]!.self, reloaded);
    const restored = accepted(decodePendingCommit(provider, created.encode(), null));
    expect(restored.append).toEqual(created.append);
    expect(restored.epoch).toBe(0n);
    expectOneEpoch(restored.next, atBob);
  });

  it('takes what any number of steps changed at once, and the states between may be erased', async () => {
    const devices = [await deviceOf(alice), await deviceOf(bob)];
    const { groups, directory } = await createConversation(devices);
    let [atAlice, atBob] = groups as [ConversationGroup, ConversationGroup];
    const [first, second] = devices as [TestDevice, TestDevice];
    const records = new StoredRecords(atBob);
    const before = atBob;
    const between: ConversationGroup[] = [];
    for (let round = 0; round < 3; round++) {
      ({ from: atAlice, to: atBob } = await talk(atAlice, first.self, atBob));
      between.push(atBob);
      const renewal = accepted(await removeDevices(context, atAlice, first.self, [], directory));
      const staged = accepted(await stageCommit(context, atBob, renewal.append.commit, directory));
      atAlice = renewal.next;
      atBob = staged.merge()!;
      between.push(atBob);
    }
    ({ from: atBob, to: atAlice } = await talk(atBob, second.self, atAlice));
    const delta = groupDelta(before, atBob);
    records.apply(delta);
    eraseGroupDelta(delta);
    for (const [at, state] of [before, ...between].entries()) eraseGroup(state, between[at] ?? atBob);
    expect(records.stored).toEqual(storedOf(atBob));
    const reloaded = accepted(decodeConversationGroup(provider, records.stored));
    expectOneEpoch(reloaded, atAlice);
    await talk(atAlice, first.self, reloaded);
  });

  it('keeps a commit of a group in use beside that group, small, until the group moves on', async () => {
    const devices = [await deviceOf(alice), await deviceOf(bob)];
    const { groups, directory } = await createConversation(devices);
    const [first, second] = devices as [TestDevice, TestDevice];
    const [atAlice, atBob] = groups as [ConversationGroup, ConversationGroup];
    const made = accepted(await removeDevices(context, atAlice, first.self, [], directory));
    const bytes = made.encode();
    expect(decodePendingCommit(provider, bytes, null).kind).toBe('refused');
    const { to: later } = await talk(atBob, second.self, made.current!);
    const restored = accepted(decodePendingCommit(provider, bytes, later));
    expect(restored.append).toEqual(made.append);
    expectOneEpoch(restored.next, made.next);
    // Stored, and then not to be in memory any longer: the group goes on all the same.
    erasePendingCommit(made, made.current);
    erasePendingCommit(restored, null);
    const again = accepted(decodePendingCommit(provider, bytes, later));
    const staged = accepted(await stageCommit(context, atBob, made.append.commit, directory));
    expectOneEpoch(again.next, staged.merge()!);
    expect(decodePendingCommit(provider, bytes, again.next).kind).toBe('refused');
  });

  it('refuses what is no group or pending commit', async () => {
    const { groups, created } = await createConversation([await deviceOf(alice), await deviceOf(bob)]);
    const stored = storedOf(groups[0]!);
    const { suite, records } = stored;
    expect(decodeConversationGroup(provider, stored).kind).toBe('conversationGroup');
    expect(decodeConversationGroup(provider, { suite: 1, records })).toMatchObject({
      reason: 'unsupported_suite',
    });
    expect(decodeConversationGroup(provider, { suite, records: [] }).kind).toBe('refused');
    for (const [at, record] of records.entries()) {
      const isOther = record.section === 'tree' && record.index !== groups[0]!.ownLeaf * 2;
      const missing = { suite, records: records.toSpliced(at, 1) };
      if (!isOther) expect(decodeConversationGroup(provider, missing).kind).toBe('refused');
      for (const value of [new Uint8Array(0), new Uint8Array(40), record.value.slice(0, -1)]) {
        const damaged = { suite, records: records.with(at, { ...record, value }) };
        expect(decodeConversationGroup(provider, damaged).kind).toBe('refused');
      }
    }
    const pending = created.encode();
    const nothing = new Uint8Array(0);
    for (const bytes of [nothing, pending.slice(1), pending.slice(0, -1), pending.slice(0, 10)]) {
      expect(decodePendingCommit(provider, bytes, null).kind).toBe('refused');
    }
  });
});

/** What every Store must do for groups and for who joins them by link (spec/server.md §Conversations). */
import { randomBytes } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ConversationId,
  EntrySchema,
  type InviteId,
  idToBytes,
  limits,
} from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  addAccount,
  addDevice,
  adding,
  commit,
  depositOf,
  message,
  nowMs,
  randomIdentity,
  refusal,
  watch,
} from './conformanceFixture.ts';
import type { AccountJoinRecord, CommitDraft, LogKey, MemberDeviceId, Store } from './store.ts';

export function describeGroups(name: string, open: () => Promise<Store> | Store): void {
  describe(`Groups in the store over ${name}`, () => {
    let opened: Store | null = null;
    const openStore = async () => {
      opened = await open();
      return opened;
    };
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    it('have the accounts that commits name, with devices or without', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await group(store);
      const eve = await addAccount(store, 'eve');
      const dan = await addAccount(store, 'dan');
      // Eve without a device, Dan by his device alone.
      const change = { ...adding(dan), accountsAdded: [join(eve)] };
      expect(await store.append(commit(conversationId, ann, 1n, change))).toMatchObject({ kind: 'done' });
      for (const member of [ann, bob, eve, dan]) {
        const [listed] = await store.listConversations(member.accountId, member.deviceId);
        expect(listed).toMatchObject({ conversationId, isGroup: true, accountIds: [] });
      }
      const [entry] = await entriesOf(store, ann, conversationId, 1);
      const { kind } = fromBinary(EntrySchema, entry!);
      const named =
        kind.case === 'commit' ? kind.value.accountsAdded.map((one) => one.accountId.toHex()) : [];
      expect(named.toSorted()).toEqual([eve.accountId, dan.accountId].sort());
      // Eve's device joins by itself; a stranger's does not.
      const joining = { ...adding(), external: true };
      expect(await store.append(commit(conversationId, eve, 2n, joining))).toMatchObject({ kind: 'done' });
      const stranger = await addAccount(store, 'stranger');
      expect(await store.append(commit(conversationId, stranger, 3n, joining))).toMatchObject(
        refusal('not_a_member'),
      );
      // An account stays when its last device goes.
      const gone = { ...adding(), removed: [bob] };
      expect(await store.append(commit(conversationId, ann, 3n, gone))).toMatchObject({ kind: 'done' });
      expect(await store.listConversations(bob.accountId, bob.deviceId)).toMatchObject([
        { conversationId, deviceIsMember: false },
      ]);
    });

    it('give an account what is from its joining on, or all where the commit says so, up to its removal', async () => {
      const store = await openStore();
      const { ann, conversationId } = await group(store);
      await store.append(message(conversationId, ann, 1n));
      const late = await addAccount(store, 'late');
      const early = await addAccount(store, 'early');
      const change = { ...adding(late, early), accountsAdded: [join(late), join(early, true)] };
      await store.append(commit(conversationId, ann, 1n, change)); // 3
      await store.append(message(conversationId, ann, 2n)); // 4
      expect(await seqsOf(store, late, conversationId)).toEqual([3, 4]);
      expect(await seqsOf(store, early, conversationId)).toEqual([1, 2, 3, 4]);
      // A device that comes later reads the same.
      const phone = await addDevice(store, late);
      expect(await seqsOf(store, phone, conversationId)).toEqual([3, 4]);
      const page = { log: logOf(conversationId), beforeSeq: 3, maxEntries: 9 };
      expect(await store.readPages(late.accountId, [page], 1e6)).toMatchObject({
        value: [{ firstSeq: 3, headSeq: 4, entries: [] }],
      });
      const removal = { ...adding(), removed: [late], accountsRemoved: [late.accountId] };
      expect(await store.append(commit(conversationId, ann, 2n, removal))).toMatchObject({
        value: { seq: 5 },
      });
      await store.append(message(conversationId, ann, 3n)); // 6
      expect(await seqsOf(store, late, conversationId)).toEqual([3, 4, 5]);
      expect(await store.readGroupInfo(conversationId, late.accountId)).toMatchObject(
        refusal('not_a_member'),
      );
      expect(await store.listConversations(late.accountId, late.deviceId)).toEqual([]);
      const back = { ...adding(), external: true };
      expect(await store.append(commit(conversationId, phone, 3n, back))).toMatchObject(
        refusal('not_a_member'),
      );
      // One that comes again reads from there on.
      const again = { ...adding(late), accountsAdded: [join(late)] };
      expect(await store.append(commit(conversationId, ann, 3n, again))).toMatchObject({ value: { seq: 7 } });
      expect(await seqsOf(store, late, conversationId)).toEqual([7]);
    });

    it('refuse commits whose accounts do not fit, and leave nothing of them', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await group(store);
      const eve = await addAccount(store, 'eve');
      const nobody = randomIdentity<AccountId>();
      const wrong: [CommitDraft, string][] = [
        [{ ...adding(), accountsAdded: [join(bob)] }, 'malformed'], // a member already
        [{ ...adding(), accountsAdded: [join(eve), join(eve, true)] }, 'malformed'],
        [{ ...adding(), accountsAdded: [{ accountId: nobody, readsFromStart: false }] }, 'unknown_account'],
        [{ ...adding(), accountsRemoved: [bob.accountId] }, 'malformed'], // keeps a device
        [{ ...adding(), accountsRemoved: [eve.accountId] }, 'malformed'], // not there
        [{ ...adding(bob), removed: [bob], accountsRemoved: [bob.accountId] }, 'malformed'],
        [{ ...adding(), deposits: [depositFor(eve, conversationId, 2n)] }, 'malformed'],
        [
          {
            ...adding(),
            removed: [bob],
            accountsRemoved: [bob.accountId],
            deposits: [depositFor(bob, conversationId, 2n)],
          },
          'malformed',
        ],
        [
          { ...adding(), accountsAdded: [join(eve)], deposits: [depositFor(eve, conversationId, 1n)] },
          'malformed', // an epoch that it does not read
        ],
      ];
      for (const [draft, code] of wrong) {
        expect(await store.append(commit(conversationId, ann, 1n, draft))).toMatchObject(refusal(code));
      }
      expect(await store.readEpoch(conversationId, ann.deviceId)).toMatchObject({ value: 1 });
      const direct = randomIdentity<ConversationId>();
      await store.createConversation({
        conversationId: direct,
        sender: ann,
        transactionId: randomBytes(16),
        nowMs,
        directAccountIds: [ann.accountId, bob.accountId],
        commit: adding(bob),
      });
      for (const draft of [adding(eve), { ...adding(), accountsAdded: [join(eve)] }]) {
        expect(await store.append(commit(direct, ann, 1n, draft))).toMatchObject(refusal('malformed'));
      }
    });

    it('take deposits of earlier epochs for an account that reads from the start', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await group(store);
      const eve = await addAccount(store, 'eve');
      const draft = {
        ...adding(eve),
        accountsAdded: [join(eve, true)],
        deposits: [depositFor(eve, conversationId, 1n), depositFor(eve, conversationId, 2n)],
      };
      expect(await store.append(commit(conversationId, ann, 1n, draft))).toMatchObject({ kind: 'done' });
      const keyring: LogKey = { kind: 'keyring', id: eve.accountId };
      const page = { log: keyring, beforeSeq: null, maxEntries: 9 };
      expect(await store.readPages(eve.accountId, [page], 1e6)).toMatchObject({ value: [{ headSeq: 2 }] });
      // Later ones by any member device, of groups in which both are.
      const later = (sender: MemberDeviceId, accountId: AccountId) =>
        store.deposit({
          sender,
          accountId,
          nowMs,
          deposits: [
            { transactionId: randomBytes(16), deposit: depositFor(eve, conversationId, 1n).deposit },
          ],
        });
      expect(await later(bob, eve.accountId)).toMatchObject({ kind: 'done' });
      const stranger = await addAccount(store, 'stranger');
      expect(await later(stranger, eve.accountId)).toMatchObject(refusal('not_a_member'));
      expect(await later(bob, stranger.accountId)).toMatchObject(refusal('not_a_member'));
    });

    it('keep what Welcomes share once, and let go of it with the last that is read', async () => {
      const store = await openStore();
      const appended = watch(store);
      const { ann, conversationId } = await group(store);
      const members = [await addAccount(store, 'cyd'), await addAccount(store, 'dan')] as const;
      const ratchetTree = randomBytes(200_000);
      const note = randomBytes(500);
      const welcomeEnd = randomBytes(300);
      const draft = { ...adding(...members), ratchetTree, note, welcomeEnd };
      await store.append(commit(conversationId, ann, 1n, draft));
      const pushed = appended.filter(({ log }) => log.kind === 'inbox').slice(-2);
      for (const { bytes, isWhole } of pushed) expect([bytes.length < 1000, isWhole]).toEqual([true, false]);
      for (const [at, { deviceId }] of members.entries()) {
        const inbox: LogKey = { kind: 'inbox', id: deviceId };
        const range = { afterSeq: 0, throughSeq: 99, maxEntries: 9, maxSizeBytes: 1e6 };
        const [entry] = await store.readEntries(inbox, range);
        const { kind } = fromBinary(EntrySchema, entry!.bytes);
        if (kind.case !== 'welcome') throw new Error('no Welcome');
        expect(Buffer.from(kind.value.ratchetTree)).toEqual(ratchetTree);
        expect(Buffer.from(kind.value.note)).toEqual(note);
        const whole = Buffer.concat([draft.welcomes[at]!.welcome, welcomeEnd]);
        expect(Buffer.from(kind.value.welcome)).toEqual(whole);
        expect(await store.acknowledge(deviceId, [{ log: inbox, seq: 1 }])).toMatchObject({ kind: 'done' });
        expect(await store.readEntries(inbox, range)).toEqual([]);
      }
    });

    it('cut pages of an inbox by what its entries are with their trees', async () => {
      const store = await openStore();
      const { ann, conversationId } = await group(store);
      const eve = await addAccount(store, 'eve');
      for (let epoch = 1n; epoch < 5n; epoch += 2n) {
        const draft = { ...adding(eve), ratchetTree: randomBytes(50_000) };
        await store.append(commit(conversationId, ann, epoch, draft));
        await store.append(commit(conversationId, ann, epoch + 1n, { ...adding(), removed: [eve] }));
      }
      const inbox: LogKey = { kind: 'inbox', id: eve.deviceId };
      const range = { afterSeq: 0, throughSeq: 99, maxEntries: 9 };
      expect(await store.readEntries(inbox, { ...range, maxSizeBytes: 60_000 })).toHaveLength(1);
      expect(await store.readEntries(inbox, { ...range, maxSizeBytes: 1 })).toHaveLength(1);
      expect(await store.readEntries(inbox, { ...range, maxSizeBytes: 200_000 })).toHaveLength(2);
    });

    it('bound how many accounts there are', async () => {
      const store = await openStore();
      const { ann, conversationId } = await group(store);
      const room = limits.accountsPerConversation - 2;
      const others = await Promise.all(
        Array.from({ length: room + 1 }, (_, at) => addAccount(store, `other-${at}`)),
      );
      const change = (members: readonly MemberDeviceId[]) => ({
        ...adding(),
        accountsAdded: members.map((member) => join(member)),
      });
      expect(await store.append(commit(conversationId, ann, 1n, change(others)))).toMatchObject({
        error: { code: 'too_many', limit: limits.accountsPerConversation },
      });
      const most = change(others.slice(1));
      expect(await store.append(commit(conversationId, ann, 1n, most))).toMatchObject({ kind: 'done' });
      // Presence is for the few.
      expect(await store.listContacts(ann.accountId, 50)).toEqual([]);
      expect(await store.listContacts(ann.accountId, limits.accountsPerConversation)).toHaveLength(room + 1);
    });

    it('show a preview to who has the id of an invite, and take requests only by one that is there', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await group(store);
      const eve = await addAccount(store, 'eve');
      const inviteId = randomIdentity<AccountId>() as string as InviteId;
      const sealed = randomBytes(100);
      const preview = { by: ann, conversationId, inviteId, sealed, expiresAtMs: nowMs + 10, nowMs };
      const request = { accountId: eve.accountId, conversationId, inviteId, sealed, nowMs };
      expect(await store.joins.request(request)).toMatchObject(refusal('invite_invalid'));
      expect(await store.joins.putPreview({ ...preview, by: eve })).toMatchObject(refusal('not_a_member'));
      expect(await store.joins.putPreview(preview)).toMatchObject({ kind: 'done' });
      expect(await store.joins.readPreview(inviteId, eve.accountId, nowMs)).toMatchObject({
        conversationId,
        isMember: false,
      });
      expect(await store.joins.readPreview(inviteId, bob.accountId, nowMs)).toMatchObject({ isMember: true });
      expect(await store.joins.readPreview(inviteId, eve.accountId, nowMs + 10)).toBeNull();
      // Expired, of another conversation, by a member.
      expect(await store.joins.request({ ...request, nowMs: nowMs + 10 })).toMatchObject(
        refusal('invite_invalid'),
      );
      const elsewhere = { ...request, conversationId: randomIdentity<ConversationId>() };
      expect(await store.joins.request(elsewhere)).toMatchObject(refusal('invite_invalid'));
      expect(await store.joins.request({ ...request, accountId: bob.accountId })).toMatchObject({
        value: true,
      });
      // One for each account, the newest.
      expect(await store.joins.request(request)).toMatchObject({ value: false });
      const second = randomBytes(10);
      expect(await store.joins.request({ ...request, sealed: second })).toMatchObject({ value: false });
      const listed = await store.joins.listRequests(bob, conversationId, nowMs);
      expect(listed).toMatchObject({ value: [{ accountId: eve.accountId, inviteId }] });
      expect(listed.kind === 'done' && Buffer.from(listed.value[0]!.sealed)).toEqual(second);
      expect(await store.joins.listRequests(eve, conversationId, nowMs)).toMatchObject(
        refusal('not_a_member'),
      );
      const later = nowMs + limits.joinRequestLifetimeMs;
      expect(await store.joins.listRequests(bob, conversationId, later)).toMatchObject({ value: [] });
    });

    it('drop a request when its account comes, its invite goes or somebody says so', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await group(store);
      const inviteId = randomIdentity<AccountId>() as string as InviteId;
      const sealed = randomBytes(20);
      await store.joins.putPreview({ by: ann, conversationId, inviteId, sealed, expiresAtMs: 0, nowMs });
      const askers = await Promise.all(['eve', 'dan', 'fay', 'gus'].map((each) => addAccount(store, each)));
      for (const { accountId } of askers) {
        await store.joins.request({ accountId, conversationId, inviteId, sealed, nowMs });
      }
      const open = async () => {
        const listed = await store.joins.listRequests(ann, conversationId, nowMs);
        return listed.kind === 'done' ? listed.value.length : null;
      };
      const [eve, dan, fay, gus] = askers as [MemberDeviceId, MemberDeviceId, MemberDeviceId, MemberDeviceId];
      expect(await open()).toBe(4);
      await store.append(commit(conversationId, ann, 1n, { ...adding(), accountsAdded: [join(eve)] }));
      expect(await open()).toBe(3);
      expect(await store.joins.dropRequest(gus, conversationId, fay.accountId)).toMatchObject(
        refusal('not_a_member'),
      );
      expect(await store.joins.dropRequest(dan, conversationId, dan.accountId)).toMatchObject({
        value: true,
      });
      expect(await store.joins.dropRequest(bob, conversationId, fay.accountId)).toMatchObject({
        value: true,
      });
      expect(await store.joins.dropRequest(bob, conversationId, fay.accountId)).toMatchObject({
        value: false,
      });
      expect(await open()).toBe(1);
      await store.joins.dropPreview(ann, conversationId, inviteId);
      expect(await open()).toBe(0);
    });

    it('bound the previews and requests of one conversation', async () => {
      const store = await openStore();
      const { ann, conversationId } = await group(store);
      const sealed = randomBytes(20);
      const ids = Array.from(
        { length: limits.invitePreviewsPerConversation + 1 },
        () => randomIdentity<AccountId>() as string as InviteId,
      );
      const put = (inviteId: InviteId) =>
        store.joins.putPreview({ by: ann, conversationId, inviteId, sealed, expiresAtMs: 0, nowMs });
      for (const id of ids.slice(1)) expect(await put(id)).toMatchObject({ kind: 'done' });
      expect(await put(ids[0]!)).toMatchObject(refusal('too_many'));
      expect(await put(ids[1]!)).toMatchObject({ kind: 'done' });
      const request = { conversationId, inviteId: ids[1]!, sealed, nowMs };
      const askers = await Promise.all(
        Array.from({ length: limits.joinRequestsPerConversation + 1 }, (_, at) =>
          addAccount(store, `asker-${at}`),
        ),
      );
      for (const { accountId } of askers.slice(1)) {
        expect(await store.joins.request({ ...request, accountId })).toMatchObject({ kind: 'done' });
      }
      const tooMany = await store.joins.request({ ...request, accountId: askers[0]!.accountId });
      expect(tooMany).toMatchObject(refusal('too_many'));
    });
  });
}

function join({ accountId }: MemberDeviceId, readsFromStart = false): AccountJoinRecord {
  return { accountId, readsFromStart };
}

function depositFor({ accountId }: MemberDeviceId, conversationId: ConversationId, epoch: bigint) {
  return { accountId, deposit: depositOf(conversationId, epoch) };
}

function logOf(id: ConversationId): LogKey {
  return { kind: 'conversation', id };
}

async function entriesOf(
  store: Store,
  { accountId }: MemberDeviceId,
  id: ConversationId,
  maxEntries: number,
) {
  const read = await store.readPages(accountId, [{ log: logOf(id), beforeSeq: null, maxEntries }], 1e6);
  if (read.kind === 'refused') throw new Error(read.error.code);
  return read.value[0]!.entries;
}

async function seqsOf(store: Store, member: MemberDeviceId, id: ConversationId): Promise<number[]> {
  const entries = await entriesOf(store, member, id, 100);
  return entries.map((bytes) => Number(fromBinary(EntrySchema, bytes).seq));
}

/** Ann and Bob in a group that Ann made. */
async function group(store: Store) {
  const ann = await addAccount(store, 'ann');
  const bob = await addAccount(store, 'bob');
  const conversationId = randomIdentity<ConversationId>();
  const created = await store.createConversation({
    conversationId,
    sender: ann,
    transactionId: randomBytes(16),
    nowMs,
    directAccountIds: [],
    commit: { ...adding(bob), accountsAdded: [join(bob)] },
  });
  if (created.kind === 'refused') throw new Error(created.error.code);
  expect(idToBytes(conversationId)).toHaveLength(16);
  return { ann, bob, conversationId };
}

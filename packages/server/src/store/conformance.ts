/**
 * What every Store must do (spec/server.md §Store): run against each implementation, with a fresh store
 * per test. One file, long as it is: what a store has to do is read in one place.
 */
import { createHash, randomBytes } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  EntrySchema,
  idToBytes,
  limits,
} from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { done } from '../outcome.ts';
import {
  addAccount,
  addDevice,
  adding,
  commit,
  conversation,
  depositOf,
  message,
  newAccount,
  newDevice,
  nowMs,
  randomIdentity,
  refusal,
  watch,
} from './conformanceFixture.ts';
import type { CommitDraft, LogKey, MemberDeviceId, Store } from './store.ts';

export function describeStore(name: string, open: () => Promise<Store> | Store): void {
  describe(`Store over ${name}`, () => {
    let opened: Store | null = null;
    const openStore = async () => {
      opened = await open();
      return opened;
    };
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    it('keeps settings', async () => {
      const store = await openStore();
      expect(await store.readSetting('server_id')).toBeNull();
      await store.saveSetting('server_id', new Uint8Array([1, 2]));
      await store.saveSetting('server_id', new Uint8Array([3]));
      expect(await store.readSetting('server_id')).toEqual(new Uint8Array([3]));
    });

    it('creates an account whole, once, and takes its repetition', async () => {
      const store = await openStore();
      const account = newAccount('ann');
      expect(await store.createAccount(account)).toMatchObject({ kind: 'done' });
      expect(await store.createAccount(account)).toMatchObject({ kind: 'done' });
      expect(await store.countAccounts()).toBe(1);
      expect(await store.findAccount({ username: 'ann' })).toMatchObject({ accountId: account.accountId });
      expect(await store.findDevice(account.device.deviceId)).toMatchObject({ active: true, keyPackages: 0 });
      expect(await store.readChain(account.accountId, 0)).toHaveLength(1);
      expect(await store.createAccount(newAccount('ann'))).toMatchObject(refusal('username_taken'));
      const other = { ...newAccount('bob'), accountId: account.accountId };
      expect(await store.createAccount(other)).toMatchObject(refusal('account_exists'));
      const stolen = { ...newAccount('eve'), device: account.device };
      expect(await store.createAccount(stolen)).toMatchObject(refusal('chain_invalid'));
      expect(await store.countAccounts()).toBe(1);
    });

    it('stores SQL and HTML as the text they are', async () => {
      const store = await openStore();
      const text = `'; DROP TABLE account; --<script>alert("x")</script>\u0000`;
      await store.createAccount(newAccount(text));
      expect(await store.findAccount({ username: text })).toMatchObject({ username: text });
      expect(await store.countAccounts()).toBe(1);
    });

    it('spends an invite with the account that it was used for', async () => {
      const store = await openStore();
      const tokenHash = randomBytes(32);
      const invite = { tokenHash, accountId: null, expiresAtMs: nowMs + 10, nowMs, maxOpen: 1 };
      await store.createInvite(invite);
      expect(await store.findInvite(tokenHash, nowMs)).toEqual({
        accountId: null,
        username: null,
        registers: true,
      });
      expect(await store.findInvite(tokenHash, nowMs + 10)).toBeNull();
      const invited = { inviteNeeded: true, inviteTokenHash: tokenHash };
      expect(await store.createAccount({ ...newAccount('ann'), inviteNeeded: true })).toMatchObject(
        refusal('invite_needed'),
      );
      expect(await store.createAccount({ ...newAccount('ann'), ...invited })).toMatchObject({ kind: 'done' });
      expect(await store.createAccount({ ...newAccount('bob'), ...invited })).toMatchObject(
        refusal('invite_invalid'),
      );
      expect(await store.findInvite(tokenHash, nowMs)).toMatchObject({ registers: false });
    });

    it('bounds the invites of one account', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const invite = () => ({
        tokenHash: randomBytes(32),
        accountId: ann.accountId,
        expiresAtMs: nowMs + 10,
        maxOpen: 2,
      });
      await store.createInvite({ ...invite(), nowMs });
      await store.createInvite({ ...invite(), nowMs });
      expect(await store.createInvite({ ...invite(), nowMs })).toMatchObject({
        error: { code: 'too_many', limit: 2 },
      });
      expect(await store.createInvite({ ...invite(), nowMs: nowMs + 20 })).toMatchObject({ kind: 'done' });
    });

    it('extends a chain at its head only, and takes the repetition of the head', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const bob = await addAccount(store, 'bob');
      const { accountId } = ann;
      const device = newDevice();
      const entry = { seq: 1, body: randomBytes(40), signature: randomBytes(64) };
      expect(await store.extendChain({ accountId, entry, added: [device], removed: [] })).toMatchObject({
        kind: 'done',
      });
      expect(await store.extendChain({ accountId, entry, added: [device], removed: [] })).toMatchObject({
        kind: 'done',
      });
      const fork = { ...entry, body: randomBytes(40) };
      expect(
        await store.extendChain({ accountId, entry: fork, added: [newDevice()], removed: [] }),
      ).toMatchObject(refusal('chain_stale'));
      const next = { ...entry, seq: 2, body: randomBytes(40) };
      const stolen = { ...newDevice(), deviceId: bob.deviceId };
      expect(await store.extendChain({ accountId, entry: next, added: [stolen], removed: [] })).toMatchObject(
        refusal('chain_invalid'),
      );
      const removal = { accountId, entry: next, added: [], removed: [device.deviceId] };
      expect(await store.extendChain(removal)).toMatchObject({ kind: 'done' });
      expect(await store.findDevice(device.deviceId)).toMatchObject({ active: false });
      expect((await store.readChain(accountId, 1)).map(({ seq }) => seq)).toEqual([1, 2]);
      const stranger = { accountId: randomIdentity<AccountId>(), entry, added: [], removed: [] };
      expect(await store.extendChain(stranger)).toMatchObject(refusal('unknown_account'));
    });

    it('gives each key package out once, then the last resort', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const bob = await addAccount(store, 'bob');
      const claim = () =>
        store.claimKeyPackages({
          accountIds: [bob.accountId],
          isPartial: false,
          claimant: ann.deviceId,
          nowMs,
        });
      expect(await claim()).toMatchObject(refusal('no_key_package'));
      const keyPackages = [randomBytes(10), randomBytes(10)];
      const lastResort = randomBytes(10);
      const publication = { deviceId: bob.deviceId, keyPackages, lastResort };
      expect(await store.publishKeyPackages(publication)).toBe(2);
      expect(await store.publishKeyPackages({ ...publication, lastResort: null })).toBe(2);
      const claimed = await Promise.all([claim(), claim(), claim(), claim()]);
      const given = claimed.map((outcome) =>
        outcome.kind === 'done' ? outcome.value.claimed[0]?.keyPackage : null,
      );
      expect(given.map((bytes) => Buffer.from(bytes!))).toEqual(
        [...keyPackages, lastResort, lastResort].map(Buffer.from),
      );
      // A repeated upload does not bring claimed ones back.
      expect(await store.publishKeyPackages(publication)).toBe(0);
      expect(claimed[0]).toMatchObject({ value: { low: [{ deviceId: bob.deviceId, remaining: 1 }] } });
    });

    it('keeps the newest key packages up to the limit', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const batch = () => Array.from({ length: limits.keyPackagesPerRequest }, () => randomBytes(10));
      await store.publishKeyPackages({ deviceId: ann.deviceId, keyPackages: batch(), lastResort: null });
      const kept = batch();
      const last = { deviceId: ann.deviceId, keyPackages: kept, lastResort: null };
      expect(await store.publishKeyPackages(last)).toBe(limits.keyPackagesPerDevice);
      const bob = await addAccount(store, 'bob');
      const outcome = await store.claimKeyPackages({
        accountIds: [ann.accountId],
        isPartial: false,
        claimant: bob.deviceId,
        nowMs,
      });
      expect(outcome.kind === 'done' && Buffer.from(outcome.value.claimed[0]!.keyPackage)).toEqual(
        Buffer.from(kept[0]!),
      );
    });

    it('gives an account that claims its own nothing of the asking device', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      await store.publishKeyPackages({
        deviceId: ann.deviceId,
        keyPackages: [randomBytes(9)],
        lastResort: null,
      });
      const claim = { accountIds: [ann.accountId], isPartial: false, claimant: ann.deviceId, nowMs };
      expect(await store.claimKeyPackages(claim)).toMatchObject({ kind: 'done', value: { claimed: [] } });
      expect(
        await store.claimKeyPackages({ ...claim, accountIds: [randomIdentity<AccountId>()] }),
      ).toMatchObject(refusal('unknown_account'));
    });

    it('creates a conversation with its members, first entry and Welcomes', async () => {
      const store = await openStore();
      const appended = watch(store);
      const { ann, bob, conversationId, draft } = await conversation(store);
      expect(await store.createConversation(draft)).toMatchObject({ value: { existed: false, seq: 1 } });
      expect(appended.map(({ log, seq }) => [log.kind, seq])).toEqual([
        ['conversation', 1],
        ['inbox', 1],
      ]);
      const [record] = await store.listConversations(bob.accountId, bob.deviceId);
      expect(record).toMatchObject({ conversationId, epoch: 1, headSeq: 1, deviceIsMember: true });
      expect(record?.accountIds.toSorted()).toEqual([ann.accountId, bob.accountId].sort());
      expect(await store.listContacts(ann.accountId, 50)).toEqual([bob.accountId]);
      const info = await store.readGroupInfo(conversationId, bob.accountId);
      expect(info).toMatchObject({ kind: 'done', value: { epoch: 1, headSeq: 1 } });
    });

    it('has one direct conversation per pair, whoever begins it', async () => {
      const store = await openStore();
      const { ann, bob, conversationId, draft } = await conversation(store);
      const reversed = {
        ...draft,
        conversationId: randomIdentity<ConversationId>(),
        sender: bob,
        transactionId: randomBytes(16),
        directAccountIds: [bob.accountId, ann.accountId],
        commit: adding(ann),
      };
      const existing = { value: { conversationId, existed: true } };
      expect(await store.createConversation(reversed)).toMatchObject(existing);
      const eve = await addAccount(store, 'eve');
      expect(await store.createConversation({ ...reversed, sender: eve })).toMatchObject(
        refusal('not_a_member'),
      );
      const notes = {
        ...draft,
        transactionId: randomBytes(16),
        directAccountIds: [ann.accountId],
        commit: adding(),
      };
      const own = { ...notes, conversationId: randomIdentity<ConversationId>() };
      expect(await store.createConversation(own)).toMatchObject({ value: { existed: false } });
      const twice = {
        ...own,
        conversationId: randomIdentity<ConversationId>(),
        directAccountIds: [ann.accountId, ann.accountId],
      };
      expect(await store.createConversation(twice)).toMatchObject({ value: { existed: true } });
    });

    it('refuses a conversation that names the wrong accounts, and leaves nothing of it', async () => {
      const store = await openStore();
      const { ann, bob, draft } = await conversation(store, { create: false });
      const eve = await addAccount(store, 'eve');
      const unknown = { ...draft, directAccountIds: [ann.accountId, randomIdentity<AccountId>()] };
      expect(await store.createConversation(unknown)).toMatchObject(refusal('unknown_account'));
      expect(await store.createConversation({ ...draft, commit: adding(bob, eve) })).toMatchObject(
        refusal('malformed'),
      );
      const impostor = { accountId: bob.accountId, deviceId: eve.deviceId };
      expect(await store.createConversation({ ...draft, commit: adding(impostor) })).toMatchObject(
        refusal('malformed'),
      );
      expect(await store.listConversations(ann.accountId, ann.deviceId)).toEqual([]);
      expect(await store.createConversation(draft)).toMatchObject({ value: { existed: false } });
      expect(await store.createConversation(draft)).toMatchObject({ value: { existed: false, seq: 1 } });
      const taken = {
        ...draft,
        sender: eve,
        directAccountIds: [],
        transactionId: randomBytes(16),
        commit: adding(),
      };
      expect(await store.createConversation(taken)).toMatchObject(refusal('conversation_exists'));
    });

    it('appends in order without gaps, each transaction once', async () => {
      const store = await openStore();
      const appended = watch(store);
      const { ann, bob, conversationId } = await conversation(store);
      const drafts = Array.from({ length: 20 }, (_, i) =>
        message(conversationId, i % 2 === 0 ? ann : bob, 1n),
      );
      const outcomes = await Promise.all(
        [...drafts, drafts[4]!, drafts[5]!].map((draft) => store.append(draft)),
      );
      const seqs = outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.value.seq : null));
      expect(seqs).toEqual([...drafts.map((_, i) => i + 2), 6, 7]);
      const log: LogKey = { kind: 'conversation', id: conversationId };
      const entries = await store.readEntries(log, {
        afterSeq: 1,
        throughSeq: 99,
        maxEntries: 99,
        maxSizeBytes: 1e6,
      });
      expect(entries.map(({ seq }) => seq)).toEqual(drafts.map((_, i) => i + 2));
      const pushed = appended.filter(({ log: { id }, seq }) => id === conversationId && seq > 1);
      expect(pushed.map(({ bytes }) => Buffer.from(bytes))).toEqual(
        entries.map(({ bytes }) => Buffer.from(bytes)),
      );
      for (const [i, { bytes }] of entries.entries()) {
        const entry = fromBinary(EntrySchema, bytes);
        expect(entry.seq).toBe(BigInt(i + 2));
        expect(Buffer.from(entry.transactionId)).toEqual(Buffer.from(drafts[i]!.transactionId));
      }
    });

    it('cuts pages by number and by size', async () => {
      const store = await openStore();
      const { ann, conversationId } = await conversation(store);
      for (let i = 0; i < 5; i += 1) await store.append(message(conversationId, ann, 1n));
      const log: LogKey = { kind: 'conversation', id: conversationId };
      const read = async (maxEntries: number, maxSizeBytes: number, throughSeq = 99) =>
        (await store.readEntries(log, { afterSeq: 2, throughSeq, maxEntries, maxSizeBytes })).map(
          ({ seq }) => seq,
        );
      expect(await read(2, 1e6)).toEqual([3, 4]);
      expect(await read(9, 1)).toEqual([3]);
      expect(await read(9, 1e6, 4)).toEqual([3, 4]);
      expect(
        await store.readEntries(
          { ...log, id: randomIdentity<ConversationId>() },
          { afterSeq: 0, throughSeq: 9, maxEntries: 9, maxSizeBytes: 9 },
        ),
      ).toEqual([]);
    });

    it('refuses another epoch, conversation and account, and says which epoch it is', async () => {
      const store = await openStore();
      const { ann, conversationId } = await conversation(store);
      const eve = await addAccount(store, 'eve');
      for (const epoch of [0n, 2n, 2n ** 64n - 1n]) {
        const outcome = await store.append(message(conversationId, ann, epoch));
        expect(outcome).toMatchObject({ error: { code: 'stale_epoch', epoch: 1n } });
      }
      expect(await store.append(message(conversationId, eve, 1n))).toMatchObject(refusal('not_a_member'));
      const elsewhere = message(randomIdentity<ConversationId>(), ann, 1n);
      expect(await store.append(elsewhere)).toMatchObject(refusal('unknown_conversation'));
      expect(await store.readEpoch(conversationId, eve.deviceId)).toMatchObject(refusal('not_a_member'));
      expect(await store.readGroupInfo(conversationId, eve.accountId)).toMatchObject(refusal('not_a_member'));
      const log: LogKey = { kind: 'conversation', id: conversationId };
      expect(await store.openLogs(eve.deviceId, [log])).toMatchObject(refusal('not_a_member'));
    });

    it('lets one of two commits of an epoch through, and moves everything with it', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await conversation(store);
      const phone = await addDevice(store, ann);
      const [first, second] = await Promise.all([
        store.append(commit(conversationId, ann, 1n, adding(phone))),
        store.append(commit(conversationId, bob, 1n, adding())),
      ]);
      expect(first).toMatchObject({ value: { seq: 2 } });
      expect(second).toMatchObject({ error: { code: 'stale_epoch', epoch: 2n } });
      expect(await store.readEpoch(conversationId, phone.deviceId)).toMatchObject({ value: 2 });
      const log: LogKey = { kind: 'conversation', id: conversationId };
      const inbox: LogKey = { kind: 'inbox', id: phone.deviceId };
      expect(await store.openLogs(phone.deviceId, [log, inbox])).toEqual({
        kind: 'done',
        value: [
          { headSeq: 2, afterSeq: 2, throughSeq: null },
          { headSeq: 1, afterSeq: 0, throughSeq: null },
        ],
      });
    });

    it('ends what a removed device may read with its removal', async () => {
      const store = await openStore();
      const appended = watch(store);
      const { ann, bob, conversationId } = await conversation(store);
      const removal = { ...adding(), removed: [bob] };
      expect(await store.append(commit(conversationId, ann, 1n, removal))).toMatchObject({
        value: { seq: 2 },
      });
      expect(appended.at(-1)?.removed).toEqual([bob.deviceId]);
      await store.append(message(conversationId, ann, 2n));
      expect(await store.append(message(conversationId, bob, 2n))).toMatchObject(refusal('not_a_member'));
      const log: LogKey = { kind: 'conversation', id: conversationId };
      expect(await store.openLogs(bob.deviceId, [log])).toMatchObject({
        value: [{ headSeq: 3, throughSeq: 2 }],
      });
      // An account stays in its direct conversations also without a device there, for one that comes later.
      expect(await store.listConversations(bob.accountId, bob.deviceId)).toMatchObject([
        { conversationId, deviceIsMember: false, accountIds: [ann.accountId, bob.accountId].toSorted() },
      ]);
      expect(await store.listContacts(ann.accountId, 50)).toEqual([bob.accountId]);
    });

    it('puts deposits into the keyrings with their commit, or nothing of both', async () => {
      const store = await openStore();
      const appended = watch(store);
      const { ann, bob, draft } = await conversation(store, { create: false });
      const { conversationId } = draft;
      const deposits = [ann, bob].map(({ accountId }) => ({
        accountId,
        deposit: depositOf(conversationId, 1n),
      }));
      const eve = await addAccount(store, 'eve');
      for (const wrong of [
        [{ accountId: eve.accountId, deposit: depositOf(conversationId, 1n) }],
        [deposits[0]!, deposits[0]!],
        [{ ...deposits[0]!, deposit: depositOf(conversationId, 2n) }],
        [{ ...deposits[0]!, deposit: depositOf(randomIdentity<ConversationId>(), 1n) }],
      ]) {
        const refused = await store.createConversation({
          ...draft,
          commit: { ...draft.commit, deposits: wrong },
        });
        expect(refused).toMatchObject(refusal('malformed'));
      }
      expect(appended).toEqual([]);
      await store.createConversation({ ...draft, commit: { ...draft.commit, deposits } });
      const keyring: LogKey = { kind: 'keyring', id: bob.accountId };
      const [entry] = appended.filter(({ log }) => log.kind === 'keyring' && log.id === bob.accountId);
      expect(fromBinary(EntrySchema, entry!.bytes)).toMatchObject({
        seq: 1n,
        senderDevice: idToBytes(ann.deviceId),
        kind: { case: 'deposit', value: { epoch: 1n } },
      });
      const phone = await addDevice(store, bob);
      expect(await store.openLogs(phone.deviceId, [keyring])).toMatchObject({
        value: [{ headSeq: 1, afterSeq: 0 }],
      });
      expect(await store.openLogs(ann.deviceId, [keyring])).toMatchObject(refusal('not_a_member'));
      const own = [{ transactionId: randomBytes(16), deposit: depositOf(conversationId, 1n) }];
      await store.deposit({ sender: phone, accountId: phone.accountId, nowMs, deposits: own });
      const read = await store.readPages(
        bob.accountId,
        [{ log: keyring, beforeSeq: null, maxEntries: 9 }],
        1e6,
      );
      expect(read).toMatchObject({ value: [{ headSeq: 2 }] });
      expect(await store.acknowledge(phone.deviceId, [{ log: keyring, seq: 2 }])).toEqual(done(null));
      expect(await store.openLogs(bob.deviceId, [keyring])).toMatchObject({ value: [{ headSeq: 2 }] });
    });

    it('reads logs back from any place, for every device of a member account', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await conversation(store);
      for (let n = 0; n < 8; n++) await store.append(message(conversationId, n % 2 ? ann : bob, 1n, 100));
      const late = await addDevice(store, bob);
      const log: LogKey = { kind: 'conversation', id: conversationId };
      const read = async (beforeSeq: number | null, maxEntries: number, maxSizeBytes = 1e6) => {
        const pages = await store.readPages(
          late.accountId,
          [
            { log, beforeSeq, maxEntries },
            { log, beforeSeq: 3, maxEntries: 1 },
          ],
          maxSizeBytes,
        );
        if (pages.kind === 'refused') throw new Error(pages.error.code);
        return pages.value.map(({ entries }) =>
          entries.map((bytes) => Number(fromBinary(EntrySchema, bytes).seq)),
        );
      };
      expect(await read(null, 3)).toEqual([[7, 8, 9], [2]]);
      expect(await read(4, 9)).toEqual([[1, 2, 3], [2]]);
      expect(await read(1, 9)).toEqual([[], [2]]);
      expect(await read(1000, 2)).toEqual([[8, 9], [2]]);
      // Cut by size, but the first never to none.
      expect(await read(null, 9, 1)).toEqual([[9], []]);
      const eve = await addAccount(store, 'eve');
      const page = { log, beforeSeq: null, maxEntries: 1 };
      expect(await store.readPages(eve.accountId, [page], 1e6)).toMatchObject(refusal('not_a_member'));
      const unknown = { ...page, log: { ...log, id: randomIdentity<ConversationId>() } };
      expect(await store.readPages(ann.accountId, [unknown], 1e6)).toMatchObject(
        refusal('unknown_conversation'),
      );
      const inbox = { ...page, log: { kind: 'inbox', id: bob.deviceId } as const };
      expect(await store.readPages(bob.accountId, [inbox], 1e6)).toMatchObject(refusal('not_a_member'));
    });

    it('keeps the newest value of each slot, in the order of their change', async () => {
      const store = await openStore();
      const ann = await addAccount(store, 'ann');
      const bob = await addAccount(store, 'bob');
      const slotOf = (slot: number) => {
        const bytes = new Uint8Array(16);
        new DataView(bytes.buffer).setUint32(0, slot, true);
        return bytes;
      };
      /** Slot, value, and the version that it takes the place of. */
      const put = (account: MemberDeviceId, ...slots: [number, string, number][]) =>
        store.putAccountItems(
          account.accountId,
          slots.map(([slot, text, version]) => ({ slot: slotOf(slot), sealed: Buffer.from(text), version })),
        );
      const read = async (account: MemberDeviceId, after: number, limit = 10) => {
        const { items, version } = await store.readAccountItems(account.accountId, after, limit, 1e6);
        return [
          ...items.map((item) => `${item.slot[0]}=${Buffer.from(item.sealed)}@${item.version}`),
          version,
        ];
      };
      expect(await read(ann, 0)).toEqual([0]);
      expect(await put(ann, [1, 'a', 0], [2, 'b', 0])).toEqual(done(2));
      expect(await put(ann, [1, 'c', 1])).toEqual(done(3));
      expect(await put(bob, [1, 'x', 0])).toEqual(done(1));
      expect(await read(ann, 0)).toEqual(['2=b@2', '1=c@3', 3]);
      expect(await read(ann, 2)).toEqual(['1=c@3', 3]);
      expect(await read(ann, 0, 1)).toEqual(['2=b@2', 3]);
      expect(await read(bob, 0)).toEqual(['1=x@1', 1]);
      // Made without knowing the newest value: nothing of the request is stored.
      expect(await put(ann, [1, 'd', 1])).toMatchObject(refusal('item_stale'));
      expect(await put(ann, [3, 'e', 0], [1, 'd', 0])).toMatchObject(refusal('item_stale'));
      expect(await put(ann, [3, 'e', 7])).toMatchObject(refusal('item_stale'));
      expect(await read(ann, 2)).toEqual(['1=c@3', 3]);
      const free = limits.accountItems - 2;
      const many = Array.from({ length: free }, (_, at) => [at + 3, 'y', 0] as [number, string, number]);
      expect(await put(ann, ...many, [free + 3, 'z', 0])).toMatchObject(refusal('too_many'));
      expect(await put(ann, ...many)).toEqual(done(3 + free));
      expect(await put(ann, [2, 'f', 2])).toEqual(done(4 + free));
    });

    it('chains the entries of a log by their hashes', async () => {
      const store = await openStore();
      const { ann, conversationId, draft } = await conversation(store, { create: false });
      const deposits = [{ accountId: ann.accountId, deposit: depositOf(conversationId, 1n) }];
      await store.createConversation({ ...draft, commit: { ...draft.commit, deposits } });
      for (let n = 0; n < 3; n++) await store.append(message(conversationId, ann, 1n));
      await store.append(commit(conversationId, ann, 1n, adding()));
      const logs: LogKey[] = [
        { kind: 'conversation', id: conversationId },
        { kind: 'keyring', id: ann.accountId },
      ];
      await store.deposit({
        sender: ann,
        accountId: ann.accountId,
        nowMs,
        deposits: [{ transactionId: randomBytes(16), deposit: depositOf(conversationId, 2n) }],
      });
      for (const log of logs) {
        const read = await store.readPages(ann.accountId, [{ log, beforeSeq: null, maxEntries: 9 }], 1e6);
        const entries = read.kind === 'done' ? read.value[0]!.entries : [];
        expect(entries.length).toBeGreaterThan(1);
        let hash = Buffer.alloc(0);
        for (const bytes of entries) {
          expect(Buffer.from(fromBinary(EntrySchema, bytes).prevHash)).toEqual(hash);
          hash = createHash('sha256').update(bytes).digest();
        }
      }
    });

    it('takes an external commit only for a device of a member account', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await conversation(store);
      const phone = await addDevice(store, ann);
      const eve = await addAccount(store, 'eve');
      // What the sender claims to add and remove counts for nothing.
      const joining = { ...adding(), external: true, added: [eve], removed: [bob] };
      expect(await store.append(commit(conversationId, eve, 1n, joining))).toMatchObject(
        refusal('not_a_member'),
      );
      expect(await store.append(commit(conversationId, phone, 1n, joining))).toMatchObject({
        value: { seq: 2 },
      });
      expect(await store.readEpoch(conversationId, phone.deviceId)).toMatchObject({ value: 2 });
      expect(await store.readEpoch(conversationId, bob.deviceId)).toMatchObject({ value: 2 });
      expect(await store.readEpoch(conversationId, eve.deviceId)).toMatchObject(refusal('not_a_member'));
      // A member that rejoins keeps what it could read.
      expect(await store.append(commit(conversationId, phone, 2n, joining))).toMatchObject({
        value: { seq: 3 },
      });
      const log: LogKey = { kind: 'conversation', id: conversationId };
      expect(await store.openLogs(phone.deviceId, [log])).toMatchObject({
        value: [{ afterSeq: 2, throughSeq: null }],
      });
    });

    it('refuses commits whose members, Welcomes or devices do not fit', async () => {
      const store = await openStore();
      const { ann, bob, conversationId } = await conversation(store);
      const phone = await addDevice(store, ann);
      const eve = await addAccount(store, 'eve');
      const bad: CommitDraft[] = [
        adding(bob), // a member already
        adding({ ...phone, accountId: bob.accountId }), // another's device
        adding({ accountId: ann.accountId, deviceId: randomIdentity<DeviceId>() }), // nobody's
        { ...adding(phone), welcomes: [] }, // nobody told
        { ...adding(), welcomes: adding(eve).welcomes }, // a Welcome for one who was not added
        adding(phone, phone),
        { ...adding(), removed: [eve] },
      ];
      for (const draft of bad) {
        expect(await store.append(commit(conversationId, ann, 1n, draft))).toMatchObject(
          refusal('malformed'),
        );
      }
      expect(await store.readEpoch(conversationId, ann.deviceId)).toMatchObject({ value: 1 });
    });

    it('moves cursors forward and empties the inbox behind them', async () => {
      const store = await openStore();
      const { bob, ann, conversationId } = await conversation(store);
      const inbox: LogKey = { kind: 'inbox', id: bob.deviceId };
      const log: LogKey = { kind: 'conversation', id: conversationId };
      const all = { afterSeq: 0, throughSeq: 99, maxEntries: 99, maxSizeBytes: 1e6 };
      expect(await store.readEntries(inbox, all)).toHaveLength(1);
      const cursors = [
        { log: inbox, seq: 1 },
        { log, seq: 1 },
        { log, seq: 0 },
      ];
      expect(await store.acknowledge(bob.deviceId, cursors)).toMatchObject({ kind: 'done' });
      expect(await store.readEntries(inbox, all)).toEqual([]);
      expect(await store.readEntries(log, all)).toHaveLength(1);
      expect(await store.openLogs(bob.deviceId, [inbox])).toMatchObject({ value: [{ headSeq: 1 }] });
      expect(await store.acknowledge(ann.deviceId, [{ log: inbox, seq: 1 }])).toMatchObject(
        refusal('not_a_member'),
      );
    });

    it('rejects what comes after its end', async () => {
      const store = await openStore();
      await store.close();
      await expect(store.saveSetting('server_id', new Uint8Array(1))).rejects.toThrow();
      await expect(store.countAccounts()).rejects.toThrow();
    });
  });
}

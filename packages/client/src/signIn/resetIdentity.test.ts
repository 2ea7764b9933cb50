/** Starting over (spec/accounts.md). Over 400 lines, because all of it is said of the same few people and their worlds. */
import type { AccountId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConversationView, SottoApi } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

// Every opening of the account stretches the password for most of a second.
const slowMs = 60_000;
const newPassword = 'a wholly new one';

let world: SignInWorld;
let conversations: Map<SottoApi, readonly ConversationView[]>;

beforeEach(async () => {
  world = await SignInWorld.create();
  conversations = new Map();
});
afterEach(() => world.endAll());

function watch(api: SottoApi): void {
  api.watch({ kind: 'conversations' }, (view) => {
    conversations.set(api, view);
  });
}
const chats = (api: SottoApi): readonly ConversationView[] => conversations.get(api) ?? [];

async function texts(api: SottoApi, chat: ConversationView): Promise<string[]> {
  const page = await world.outcome(api.readMessages({ conversationId: chat.conversationId, limit: 100 }));
  return page.messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
}

async function write(api: SottoApi, to: AccountId, text: string): Promise<void> {
  const conversationId = await world.ok(api.openDirectConversation(to));
  await world.ok(api.sendText(conversationId, text));
  await world.clock.until(
    () =>
      chats(api).some((one) => one.conversationId === conversationId && one.lastMessage?.state === 'sent'),
    `${text} is sent`,
  );
}

/** Anna and Ben, with a chat in which Anna has written. */
async function annaAndBen(profile = new TestProfile()) {
  const { api: anna, recoveryCode } = await world.register(profile, 'anna');
  const bensProfile = new TestProfile();
  const { api: ben } = await world.register(bensProfile, 'ben');
  watch(anna);
  watch(ben);
  await world.ok(anna.findAccount('ben'));
  await write(anna, world.signedIn(ben).accountId, 'Hello Ben');
  await world.clock.until(() => chats(ben)[0]?.lastMessage?.body.kind === 'text', 'Ben has it');
  return { anna, ben, bensProfile, recoveryCode, annaId: world.signedIn(anna).accountId };
}

describe('starting over from a signed-in device', () => {
  it(
    'takes the name, is tested, and is shown to contacts, who are asked before anything goes to it',
    async () => {
      const { anna, ben, recoveryCode, annaId } = await annaAndBen();
      expect(await world.outcome(anna.resetIdentity({ newPassword: 'short' }))).toEqual({
        kind: 'problem',
        problem: { kind: 'passwordTooShort', limit: 8 },
      });
      const made = await world.ok(anna.resetIdentity({ newPassword }));
      expect(made).toMatchObject({ username: 'anna', isTested: true });
      expect(made.recoveryCode).not.toBe(recoveryCode);
      const { accountId, username } = world.signedIn(anna);
      expect(accountId).not.toBe(annaId);
      expect(username).toBe('anna');
      await world.online(anna);
      expect(await world.log(anna)).toEqual(['identityReset']);

      await world.clock.until(() => chats(ben)[0]?.newIdentity !== null, 'Ben is told');
      const [old] = chats(ben);
      if (old === undefined) throw new Error('There is no chat');
      expect(old.newIdentity).toMatchObject({ account: { accountId, username: 'anna' }, accepted: false });
      expect(await world.outcome(ben.sendText(old.conversationId, 'Are you there?'))).toEqual({
        kind: 'problem',
        problem: { kind: 'peerReplaced' },
      });
      for (const work of [() => ben.findAccount('anna'), () => ben.openDirectConversation(accountId)]) {
        expect(await world.outcome<unknown>(work())).toMatchObject({
          kind: 'problem',
          problem: { kind: 'newIdentity', account: { accountId } },
        });
      }
      // What the new account writes waits until Ben has chosen; of him it learns nothing.
      await world.ok(anna.findAccount('ben'));
      await write(anna, world.signedIn(ben).accountId, 'It is me');
      await world.clock.pass(5_000);
      expect(chats(ben)).toHaveLength(1);
      expect(chats(anna)[0]?.deliveredOrder).toBe(0);

      await world.ok(ben.acceptNewIdentity(accountId));
      await world.clock.until(() => chats(ben).length === 2, 'the new chat is there');
      const fresh = () => chats(ben).find((one) => one.peer?.accountId === accountId);
      await world.clock.until(() => fresh()?.lastMessage?.body.kind === 'text', 'with what was written');
      const found = fresh();
      if (found === undefined) throw new Error('There is no chat');
      expect(await texts(ben, found)).toEqual(['It is me']);
      expect(await texts(ben, old)).toEqual(['Hello Ben']);
      await write(ben, accountId, 'Welcome back');
      expect(await world.ok(ben.findAccount('anna'))).toEqual({ accountId, username: 'anna' });
      expect(chats(ben).find((one) => one.peer?.accountId === annaId)?.newIdentity?.accepted).toBe(true);

      const other = await world.open(new TestProfile());
      const byOldCode = other.recover({ username: 'anna', recoveryCode, newPassword });
      expect(await world.outcome(byOldCode)).toEqual({
        kind: 'problem',
        problem: { kind: 'wrongRecoveryCode' },
      });
      await world.ok(other.recover({ username: 'anna', recoveryCode: made.recoveryCode, newPassword }));
    },
    2 * slowMs,
  );

  it(
    'is learned by a contact who was away, whose waiting messages go to nobody',
    async () => {
      const { anna, ben, bensProfile } = await annaAndBen();
      const [chat] = chats(ben);
      if (chat === undefined) throw new Error('There is no chat');
      await world.end(ben);
      await world.ok(anna.resetIdentity({ newPassword }));
      await world.online(anna);
      const sent = world.service.counters.appendedEntries;
      const back = await world.open(bensProfile);
      watch(back);
      // Written before the connection is there.
      const text = 'written offline';
      await world.ok(back.sendText(chat.conversationId, text));
      await world.online(back);
      await world.clock.until(() => chats(back)[0]?.newIdentity !== null, 'it is told');
      await world.clock.until(() => chats(back)[0]?.lastMessage?.state === 'failed', 'it is not sent');
      expect(world.service.counters.appendedEntries).toBe(sent);
    },
    slowMs,
  );

  it(
    'is noticed by who had only found the name, before anything is written to nobody',
    async () => {
      const { api: anna } = await world.register(new TestProfile(), 'anna');
      const { api: ben } = await world.register(new TestProfile(), 'ben');
      watch(ben);
      const old = await world.ok(ben.findAccount('anna'));
      await world.ok(anna.resetIdentity({ newPassword }));
      const conversationId = await world.ok(ben.openDirectConversation(old.accountId));
      await world.ok(ben.sendText(conversationId, 'Hello Anna'));
      await world.clock.until(() => chats(ben)[0]?.newIdentity !== null, 'it is shown');
      expect(chats(ben)[0]?.newIdentity).toMatchObject({
        account: { accountId: world.signedIn(anna).accountId },
        accepted: false,
      });
      await world.clock.until(
        () => chats(ben)[0]?.lastMessage?.state === 'failed',
        'it is not sent',
        120_000,
      );
    },
    slowMs,
  );

  it(
    'is asked about on each device of a contact, also one that comes later and finds both at once',
    async () => {
      const { anna, ben, annaId } = await annaAndBen();
      const second = await world.open(new TestProfile());
      watch(second);
      await world.ok(second.signIn({ username: 'ben', password: world.password }));
      await world.online(second);
      await world.ok(anna.resetIdentity({ newPassword }));
      await world.online(anna);
      const { accountId } = world.signedIn(anna);
      await world.clock.until(() => chats(ben)[0]?.newIdentity !== null, 'Ben is told');
      await world.ok(ben.acceptNewIdentity(accountId));
      await write(ben, accountId, 'Is it you?');
      // Another device of his has joined nothing, and knows what the server said.
      await world.clock.until(() => chats(second)[0]?.newIdentity !== null, 'so is his other device');
      await world.clock.pass(5_000);
      expect(chats(second)).toHaveLength(1);

      const third = await world.open(new TestProfile());
      watch(third);
      await world.ok(third.signIn({ username: 'ben', password: world.password }));
      await world.online(third);
      await world.clock.until(() => chats(third).length === 1, 'the earlier chat is listed');
      expect(chats(third)[0]).toMatchObject({
        peer: { accountId: annaId, username: 'anna' },
        newIdentity: { account: { accountId }, accepted: false },
      });
      for (const device of [second, third]) {
        await world.ok(device.acceptNewIdentity(accountId));
        const fresh = () => chats(device).find((one) => one.peer?.accountId === accountId);
        await world.clock.until(() => fresh()?.state === 'ready', 'joined');
        const chat = fresh();
        if (chat === undefined) throw new Error('There is no chat');
        expect(await texts(device, chat)).toEqual(['Is it you?']);
      }
      await write(third, accountId, 'From my new browser');
      await world.clock.until(
        () => chats(anna)[0]?.lastMessage?.body.kind === 'text' && chats(anna)[0]?.unreadCount === 2,
        'Anna has both',
      );
    },
    2 * slowMs,
  );

  it(
    'comes through a crash at any step',
    async () => {
      const crashes = [
        ['StartReset', 'before'],
        ['FinishReset', 'before'],
        ['FinishReset', 'after'],
        ['StartLogin', 'before'],
        ['StartRecovery', 'after'],
      ] as const;
      for (const [at, [crash, moment]] of crashes.entries()) {
        const profile = new TestProfile();
        const username = `anna${at}`;
        const { api: anna } = await world.register(profile, username);
        const before = world.signedIn(anna);
        await world.crash(anna, crash, moment, anna.resetIdentity({ newPassword }));
        // The process is gone; its disk is as it was.
        const again = await world.open(profile);
        const isClosed = crash !== 'StartReset' && !(crash === 'FinishReset' && moment === 'before');
        if (isClosed) {
          await world.clock.until(() => world.session(again).kind === 'stopped', 'it is told');
          expect(world.session(again)).toEqual({ kind: 'stopped', reason: 'accountClosed' });
          const reloaded = await world.open(profile);
          await world.ok(reloaded.signIn({ username, password: newPassword }));
          expect(world.signedIn(reloaded).accountId).not.toBe(before.accountId);
        } else {
          await world.online(again);
          expect(world.signedIn(again)).toEqual(before);
          await world.ok(again.resetIdentity({ newPassword }));
        }
      }
    },
    4 * slowMs,
  );

  it(
    'leaves a way in where the new database could not be opened',
    async () => {
      const profile = new TestProfile();
      const { api } = await world.register(profile, 'anna');
      profile.openFault = new Error('No room');
      expect(await world.outcome(api.resetIdentity({ newPassword }))).toEqual({
        kind: 'problem',
        problem: { kind: 'storage' },
      });
      expect(world.session(api).kind).toBe('stopped');
      const again = await world.open(profile);
      expect(world.session(again)).toEqual({ kind: 'signedOut', lastUsername: 'anna' });
      await world.ok(again.signIn({ username: 'anna', password: newPassword }));
    },
    slowMs,
  );
});

describe("the operator's link", () => {
  const linkFor = async (username: string): Promise<string> => {
    const token = await world.service.permitReset(username);
    if (token === null) throw new Error('There is no such account');
    return token.toBase64({ alphabet: 'base64url', omitPadding: true });
  };

  it(
    'lets who has no device start over, once',
    async () => {
      const profile = new TestProfile();
      const { api: anna } = await world.register(profile, 'anna');
      const link = await linkFor('anna');
      const elsewhere = await world.open(new TestProfile());
      expect(await world.ok(elsewhere.resolveReset(link))).toEqual({ username: 'anna' });
      for (const bad of ['', 'x', '!!', link.slice(1), `${link}AAAA`]) {
        expect(await world.outcome(elsewhere.resetByLink({ link: bad, newPassword }))).toEqual({
          kind: 'problem',
          problem: { kind: 'invalidResetLink' },
        });
      }
      const made = await world.ok(elsewhere.resetByLink({ link, newPassword }));
      expect(made).toMatchObject({ username: 'anna', isTested: true });
      await world.online(elsewhere);
      await world.clock.until(() => world.session(anna).kind === 'stopped', 'the old device is told');
      expect(world.session(anna)).toEqual({ kind: 'stopped', reason: 'accountClosed' });
      const third = await world.open(new TestProfile());
      expect(await world.outcome(third.resetByLink({ link, newPassword }))).toEqual({
        kind: 'problem',
        problem: { kind: 'invalidResetLink' },
      });
    },
    slowMs,
  );

  it(
    'comes through a crash before and after the server has it',
    async () => {
      for (const moment of ['before', 'after'] as const) {
        const username = `anna-${moment}`;
        const { api: anna } = await world.register(new TestProfile(), username);
        const before = world.signedIn(anna).accountId;
        const link = await linkFor(username);
        const profile = new TestProfile();
        const browser = await world.open(profile);
        await world.crash(browser, 'FinishReset', moment, browser.resetByLink({ link, newPassword }));
        const again = await world.open(profile);
        if (moment === 'after') {
          await world.online(again);
          expect(world.signedIn(again).accountId).not.toBe(before);
        } else {
          await world.clock.until(() => world.session(again).kind === 'signedOut', 'it came to nothing');
          await world.ok(again.resetByLink({ link, newPassword }));
        }
      }
    },
    2 * slowMs,
  );
});

describe('a server that says so by itself', () => {
  it.each(['accountClosed', 'deviceRemoved'] as const)(
    'locks a device (%s) that the old password opens again, as it was',
    async (reason) => {
      const profile = new TestProfile();
      const { api } = await world.register(profile, 'anna');
      watch(api);
      const { deviceId, accountId } = world.signedIn(api);
      await write(api, accountId, 'A note');
      const { findDevice, findAccount } = world.store;
      world.store.findDevice = async (id) => {
        const found = await findDevice.call(world.store, id);
        return found === null ? null : { ...found, active: false };
      };
      world.store.findAccount = async (by) => {
        const found = await findAccount.call(world.store, by);
        const successor = reason === 'accountClosed' ? ('ff'.repeat(16) as AccountId) : null;
        return found === null ? null : { ...found, successor };
      };
      await world.end(api);
      const told = await world.open(profile);
      await world.clock.until(() => world.session(told).kind === 'stopped', 'it believes that');
      expect(world.session(told)).toEqual({ kind: 'stopped', reason });
      world.store.findDevice = findDevice;
      world.store.findAccount = findAccount;
      const back = await world.open(profile);
      await world.ok(back.signIn({ username: 'anna', password: world.password }));
      watch(back);
      await world.online(back);
      expect(world.signedIn(back)).toMatchObject({ deviceId, accountId });
      const [chat] = chats(back);
      if (chat === undefined) throw new Error('There is no chat');
      expect(await texts(back, chat)).toEqual(['A note']);
    },
    slowMs,
  );

  it(
    'cannot give a name to another account, or have a known contact stand for somebody else',
    async () => {
      const { anna, ben, bensProfile, annaId } = await annaAndBen();
      const { api: mallory } = await world.register(new TestProfile(), 'mallory');
      const malloryId = world.signedIn(mallory).accountId;
      // Without a claim: the name simply leads elsewhere.
      const find = world.store.findAccount.bind(world.store);
      world.store.findAccount = async (by) => {
        const isAnna = 'username' in by && by.username === 'anna';
        const found = await find(isAnna ? { accountId: malloryId } : by);
        return found === null || !isAnna ? found : { ...found, username: 'anna' };
      };
      expect(await world.outcome(ben.findAccount('anna'))).toEqual({
        kind: 'problem',
        problem: { kind: 'keysInvalid' },
      });
      expect(chats(ben)[0]?.newIdentity).toBeNull();
      world.store.findAccount = find;
      // With one: it is shown, and an account that never said that it takes over a name is not accepted for it.
      world.store.listReplacedContacts = async () => [{ accountId: annaId, successorId: malloryId }];
      await world.end(ben);
      const back = await world.open(bensProfile);
      watch(back);
      await world.clock.until(() => chats(back)[0]?.newIdentity !== null, 'it is shown');
      expect(await world.outcome(back.acceptNewIdentity(malloryId))).toEqual({
        kind: 'problem',
        problem: { kind: 'keysInvalid' },
      });
      expect(chats(back)[0]?.newIdentity).toMatchObject({ accepted: false });
      // One who is known here does not come to stand for another.
      const carolsProfile = new TestProfile();
      const { api: carol } = await world.register(carolsProfile, 'carol');
      watch(carol);
      await world.ok(carol.findAccount('mallory'));
      await world.ok(carol.findAccount('anna'));
      await write(carol, annaId, 'Hello Anna');
      await world.end(carol);
      const again = await world.open(carolsProfile);
      watch(again);
      await world.online(again);
      expect(chats(again)[0]?.newIdentity).toBeNull();
      expect(world.session(anna).kind).toBe('signedIn');
    },
    slowMs,
  );
});

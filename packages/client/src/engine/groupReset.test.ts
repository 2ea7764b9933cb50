/** Accounts of a group that start over, or are closed (spec/accounts.md, "Starting over"). */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ConversationDetailsView, ConversationView, SottoApi } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

let world: SignInWorld;
beforeEach(async () => {
  world = await SignInWorld.create();
});
afterEach(() => world.endAll());

function watchGroup(api: SottoApi): { readonly group: ConversationView | undefined } {
  const seen: { group: ConversationView | undefined } = { group: undefined };
  api.watch({ kind: 'conversations' }, (all) => {
    seen.group = all.find(({ kind }) => kind === 'group');
  });
  return seen;
}

function details(api: SottoApi, conversationId: ConversationView['conversationId']): ConversationDetailsView {
  let found: ConversationDetailsView | null = null;
  api.watch({ kind: 'conversation', conversationId }, (value) => {
    found = value;
  })();
  if (found === null) throw new Error('There is no group');
  return found;
}

it('a member who starts over stays as who it was until it is taken out, and comes anew as who it is', async () => {
  const { api: anna } = await world.register(new TestProfile(), 'anna');
  const { api: ben } = await world.register(new TestProfile(), 'ben');
  const { api: cleo } = await world.register(new TestProfile(), 'cleo');
  const [inAnna, inBen, inCleo] = [watchGroup(anna), watchGroup(ben), watchGroup(cleo)];
  const [old, third] = [await world.ok(anna.findAccount('ben')), await world.ok(anna.findAccount('cleo'))];
  const group = { name: 'Walkers', photo: new Uint8Array(0), description: '', sharesHistory: false };
  const id = await world.ok(anna.createGroup({ ...group, memberIds: [old.accountId, third.accountId] }));
  await world.clock.until(() => inBen.group !== undefined && inCleo.group !== undefined, 'all have it');
  await world.ok(ben.resetIdentity({ newPassword: 'a wholly new one' }));
  await world.clock.pass(5_000);
  expect(inBen.group).toBeUndefined();
  await world.ok(anna.sendText(id, 'who is there'));
  await world.clock.until(() => inCleo.group?.lastMessage?.body.kind === 'text', 'the group goes on');
  expect(inAnna.group).toMatchObject({ memberCount: 3, state: 'ready' });

  // Nobody can add the closed account anywhere, and the new one only once it is accepted.
  const second = await world.ok(anna.createGroup({ ...group, name: 'Second', memberIds: [third.accountId] }));
  await world.clock.pass(2_000);
  await world.ok(anna.addMembers(second, [old.accountId]));
  await world.clock.until(
    () => details(anna, second).group?.changes[0]?.failed?.kind === 'unknownAccount',
    'the closed account is told',
  );
  const found = await world.outcome(anna.findAccount('ben'));
  if (found.kind !== 'problem' || found.problem.kind !== 'newIdentity') throw new Error('It is not new');
  const { accountId } = await world.ok(anna.acceptNewIdentity(found.problem.account.accountId));
  await world.ok(anna.removeMember(id, old.accountId));
  await world.ok(anna.addMembers(id, [accountId]));
  await world.clock.until(() => inBen.group?.memberCount === 3, 'ben is back', 120_000);
  expect(details(anna, id).members.map((member) => member.account.accountId)).not.toContain(old.accountId);
});

it('an owner who starts over leaves a group that goes on under its admins, and is a member anew', async () => {
  const { api: anna } = await world.register(new TestProfile(), 'anna');
  const { api: ben } = await world.register(new TestProfile(), 'ben');
  const { api: cleo } = await world.register(new TestProfile(), 'cleo');
  const [inAnna, inBen, inCleo] = [watchGroup(anna), watchGroup(ben), watchGroup(cleo)];
  const [admin, third] = [await world.ok(anna.findAccount('ben')), await world.ok(anna.findAccount('cleo'))];
  const group = { name: 'Walkers', photo: new Uint8Array(0), description: '', sharesHistory: false };
  const made = await world.ok(anna.createGroup({ ...group, memberIds: [admin.accountId, third.accountId] }));
  await world.clock.until(() => inBen.group !== undefined && inCleo.group !== undefined, 'all have it');
  await world.ok(anna.setRole(made, admin.accountId, 'admin'));
  await world.clock.until(() => inBen.group?.may.addMembers === true, 'ben is an admin');
  const id = inBen.group!.conversationId;
  const owner = details(ben, id).members.find(({ role }) => role === 'owner')!.account;
  await world.ok(anna.resetIdentity({ newPassword: 'a wholly new one' }));
  await world.clock.pass(5_000);
  expect(inAnna.group).toBeUndefined();

  // That the owner is another account now is the server's word: it makes nobody the owner, and takes nobody out.
  const notAllowed = { kind: 'problem', problem: { kind: 'notAllowed' } };
  expect(await world.outcome(ben.removeMember(id, owner.accountId))).toMatchObject(notAllowed);
  expect(await world.outcome(ben.setRole(id, third.accountId, 'admin'))).toMatchObject(notAllowed);
  await world.ok(ben.editGroup(id, { name: 'Runners' }));
  await world.clock.until(() => inCleo.group?.title === 'Runners', 'the admin goes on');

  const found = await world.outcome(ben.findAccount('anna'));
  if (found.kind !== 'problem' || found.problem.kind !== 'newIdentity') throw new Error('It is not new');
  const { accountId } = await world.ok(ben.acceptNewIdentity(found.problem.account.accountId));
  await world.ok(ben.addMembers(id, [accountId]));
  // Who has not accepted it follows the group all the same, and knows it as nobody.
  await world.clock.until(() => inCleo.group?.memberCount === 4, 'cleo follows');
  expect(inCleo.group?.state).toBe('ready');
  const inId = inCleo.group!.conversationId;
  const shown = details(cleo, inId).members.find(({ account }) => account.accountId === accountId);
  expect(shown?.account.username).toBe('');
  await world.ok(cleo.sendText(inId, 'go on'));
  const says = () => inBen.group?.lastMessage?.body;
  await world.clock.until(() => says()?.kind === 'text', 'ben reads cleo');
  const roles = details(ben, id).members.map(({ account, role }) => `${account.accountId} ${role}`);
  expect(roles).toContain(`${accountId} member`);
  expect(roles).toContain(`${owner.accountId} owner`);
  // The new account knows the old one, which is still among the members, for who it was.
  await world.clock.until(() => inAnna.group?.memberCount === 4, 'anna is in it anew', 300_000);
  await world.ok(cleo.sendText(inId, 'welcome back'));
  const inNew = () => inAnna.group?.lastMessage?.body;
  await world.clock.until(() => inNew()?.kind === 'text', 'anna reads cleo');
});

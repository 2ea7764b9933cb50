import { beforeEach, describe, expect, it } from 'vitest';
import type { ConversationDetailsView, ConversationView, GroupView, NewGroupInvite } from '../api.ts';
import { threeOnline } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let dora: TestAccount;
let a: TestDevice;
let b: TestDevice;
let d: TestDevice;
let id: ConversationView['conversationId'];

const groupOf = (device: TestDevice): ConversationView | undefined =>
  device.conversations.find(({ kind }) => kind === 'group');

function viewOf(device: TestDevice): GroupView {
  let found: ConversationDetailsView | null = null;
  const conversationId = groupOf(device)!.conversationId;
  device.api.watch({ kind: 'conversation', conversationId }, (value) => {
    found = value;
  })();
  return (found as ConversationDetailsView | null)!.group!;
}

/** Lets time pass until the command is answered. */
async function done<T>(work: Promise<T>): Promise<T> {
  const result = await world.result(work);
  if ('error' in result) throw result.error;
  return result.value;
}

beforeEach(async () => {
  world = await TestWorld.create();
  ({
    accounts: [anna, ben, dora],
    devices: [a, b, d],
  } = await threeOnline(world, ['anna', 'ben', 'dora']));
  const made = await a.api.createGroup({
    name: 'Walkers',
    photo: new Uint8Array(0),
    description: '',
    sharesHistory: false,
    memberIds: [ben.accountId],
  });
  if (made.kind === 'problem') throw new Error(made.problem.kind);
  id = made.value;
  await world.until(() => groupOf(b) !== undefined, 'the group is there');
});

async function link(invite: Partial<NewGroupInvite> = {}): Promise<string> {
  const { length } = viewOf(a).invites;
  const asked = { lifetimeMs: 86_400_000, needsApproval: false, singleUse: false, ...invite };
  expect(await a.api.createGroupInvite(id, asked)).toMatchObject({ kind: 'ok' });
  await world.until(() => viewOf(a).invites.length > length, 'the link is made');
  await world.until(() => viewOf(b).invites.length > length, 'all know of it');
  const made = viewOf(a).invites.at(-1)!.link!;
  // What it shows is put a moment later.
  let shows = false;
  await world.until(() => {
    void d.api.resolveGroupInvite(made).then(({ kind }) => {
      shows ||= kind === 'ok';
    });
    return shows;
  }, 'it shows the group');
  return made;
}

describe('a link into a group', () => {
  it('shows the group, and lets in who asks, whoever of the members is there', async () => {
    const join = await link();
    expect(viewOf(b).invites[0]).toMatchObject({ link: null });
    expect(await done(d.api.resolveGroupInvite(`https://chat.example/#join=${join}`))).toMatchObject({
      kind: 'ok',
      value: {
        name: 'Walkers',
        memberCount: 2,
        needsApproval: false,
        conversationId: null,
        requested: false,
      },
    });
    a.goOffline();
    expect(await done(d.api.requestToJoin(join))).toEqual({ kind: 'ok', value: { needsApproval: false } });
    await world.until(() => groupOf(d)?.memberCount === 3, 'dora is in', 120_000);
    expect(groupOf(d)).toMatchObject({ title: 'Walkers' });
    await d.api.sendText(groupOf(d)!.conversationId, 'thanks');
    await b.shows(['thanks'], groupOf(b)!.conversationId);
    const bodies = (await b.messages(groupOf(b)!.conversationId)).map(({ body }) => body);
    expect(bodies).toContainEqual(
      expect.objectContaining({
        notice: expect.objectContaining({
          change: {
            kind: 'joinedByLink',
            accounts: [{ accountId: dora.accountId, username: 'dora' }],
            seesEarlier: false,
          },
        }),
      }),
    );
    expect(await done(d.api.resolveGroupInvite(join))).toMatchObject({
      value: { conversationId: groupOf(d)!.conversationId },
    });
  });

  it('that needs approval waits for who may add, and can be refused', async () => {
    const join = await link({ needsApproval: true });
    expect(await done(d.api.requestToJoin(join))).toEqual({ kind: 'ok', value: { needsApproval: true } });
    await world.until(() => viewOf(a).requests.length === 1, 'anna is asked');
    expect(viewOf(a).requests[0]!.account.username).toBe('dora');
    expect(viewOf(b).requests).toEqual([]);
    expect([groupOf(a)?.joinRequestCount, groupOf(b)?.joinRequestCount]).toEqual([1, 0]);
    const inB = groupOf(b)!.conversationId;
    expect(await b.api.answerJoinRequest(inB, dora.accountId, true)).toMatchObject({
      problem: { kind: 'notAllowed' },
    });
    await done(a.api.answerJoinRequest(id, dora.accountId, false));
    await world.until(() => viewOf(a).requests.length === 0, 'answered');
    await world.until(() => groupOf(a)?.joinRequestCount === 0, 'the list says so too');
    let declined = false;
    await world.until(() => {
      void d.api.requestToJoin(join).then((outcome) => {
        declined ||= outcome.kind === 'problem' && outcome.problem.kind === 'declined';
      });
      return declined;
    }, 'dora is told');
    expect(groupOf(d)).toBeUndefined();
  });

  it('that somebody declined is asked of nobody any more: not on other devices, nor by other admins', async () => {
    await a.api.setRole(id, b.accountId, 'admin');
    await world.until(() => groupOf(b)?.may.addMembers === true, 'ben is an admin');
    const a2 = await anna.addDevice();
    await a2.online();
    await world.until(() => groupOf(a2)?.state === 'ready', 'the second device is in');
    const join = await link({ needsApproval: true });
    await done(d.api.requestToJoin(join));
    const counts = () => [a, a2, b].map((one) => groupOf(one)?.joinRequestCount);
    await world.until(() => counts().every((count) => count === 1), 'all of them are asked');
    await done(a.api.answerJoinRequest(id, dora.accountId, false));
    await world.until(() => counts().every((count) => count === 0), 'nobody is asked any more');
    await a2.restart();
    await a2.online();
    await world.clock.pass(10_000);
    expect(counts()).toEqual([0, 0, 0]);
  });

  it('that needs approval lets in once somebody approves', async () => {
    const join = await link({ needsApproval: true });
    await done(d.api.requestToJoin(join));
    await world.until(() => viewOf(a).requests.length === 1, 'anna is asked');
    await done(a.api.answerJoinRequest(id, dora.accountId, true));
    await world.until(() => groupOf(d)?.memberCount === 3, 'dora is in');
    await world.until(() => viewOf(a).requests.length === 0, 'nothing is left to answer');
  });

  it('for one is used up by the first, and used twice lets nobody in', async () => {
    const join = await link({ singleUse: true });
    const emil = await world.addAccount('emil');
    const e = await emil.addDevice();
    await e.online();
    await done(d.api.requestToJoin(join));
    await world.until(() => groupOf(d)?.memberCount === 3, 'dora is in', 120_000);
    await world.until(() => viewOf(a).invites.length === 0, 'the link is gone');
    const second = await done(e.api.requestToJoin(join));
    await world.clock.pass(60_000);
    expect(groupOf(e)).toBeUndefined();
    expect(groupOf(a)!.memberCount).toBe(3);
    expect(second.kind === 'ok' || second.problem.kind === 'unusable').toBe(true);
  });

  it('lets in many who ask at once, each once', async () => {
    const join = await link();
    const more = await Promise.all(
      ['emil', 'fine', 'gabi'].map(async (name) => (await world.addAccount(name)).addDevice()),
    );
    for (const device of more) await device.online();
    await Promise.all([d, ...more].map((device) => done(device.api.requestToJoin(join))));
    for (const device of [a, b, d, ...more]) {
      await world.until(() => groupOf(device)?.memberCount === 6, 'all are in', 240_000);
    }
    await world.clock.pass(120_000);
    for (const device of [a, b]) expect(viewOf(device).changes).toEqual([]);
    expect(a.disk.rows('SELECT 1 FROM group_request UNION ALL SELECT 1 FROM group_answer')).toEqual([]);
    expect(b.disk.rows('SELECT 1 FROM group_request UNION ALL SELECT 1 FROM group_answer')).toEqual([]);
  });

  it('that was revoked, or has expired, leads nowhere', async () => {
    const join = await link();
    await a.api.revokeGroupInvite(id, viewOf(a).invites[0]!.inviteId);
    await world.until(() => viewOf(b).invites.length === 0, 'revoked');
    await world.clock.pass(5_000);
    expect(await done(d.api.requestToJoin(join))).toMatchObject({ problem: { kind: 'unusable' } });
    const short = await link({ lifetimeMs: 60_000 });
    await world.clock.pass(3 * 3_600_000);
    expect(await done(d.api.requestToJoin(short))).toMatchObject({ problem: { kind: 'unusable' } });
    await world.clock.pass(60_000);
    expect(groupOf(d)).toBeUndefined();
  });

  it('that is forged, or cut off, is none', async () => {
    const join = await link();
    const bytes = Uint8Array.fromBase64(join, { alphabet: 'base64url' });
    bytes[47]! ^= 1;
    const forged = bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
    expect(await done(d.api.requestToJoin(forged))).toMatchObject({ problem: { kind: 'invalid' } });
    for (const broken of [join.slice(1), `${join}A`, '', 'not a link', join.replace(/^./, '/')]) {
      expect(await done(d.api.resolveGroupInvite(broken))).toMatchObject({ problem: { kind: 'invalid' } });
    }
    bytes[0]! ^= 1;
    const unknown = bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
    expect(await done(d.api.resolveGroupInvite(unknown))).toMatchObject({ problem: { kind: 'unusable' } });
  });
});

import type { TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberReceiptView } from '../api.ts';
import { createdGroup, groupId, groupOf } from '../testing/groupWorld.ts';
import { type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  const devices: TestDevice[] = [];
  for (const name of ['anna', 'ben', 'cleo']) {
    const account = await world.addAccount(name);
    devices.push(await account.addDevice());
  }
  [a, b, c] = devices as [TestDevice, TestDevice, TestDevice];
  await Promise.all(devices.map((device) => device.online()));
  await createdGroup(world, [a, b, c]);
});

async function send(text: string): Promise<TransactionId> {
  const sent = await a.api.sendMessage(groupId(a), { text });
  if (sent.kind === 'problem') throw new Error(sent.problem.kind);
  return sent.value;
}

async function told(
  messageId: TransactionId,
  holds: (ben: MemberReceiptView, cleo: MemberReceiptView) => boolean,
): Promise<MemberReceiptView[]> {
  let shown: readonly MemberReceiptView[] = [];
  let isReading = false;
  const by = (name: string) => shown.find(({ account }) => account.username === name);
  await world.until(() => {
    if (!isReading) {
      isReading = true;
      void a.api.readReceipts(groupId(a), messageId).then((now) => {
        shown = now;
        isReading = false;
      });
    }
    const [ben, cleo] = [by('ben'), by('cleo')];
    return ben !== undefined && cleo !== undefined && holds(ben, cleo);
  }, 'they have told');
  return [by('ben')!, by('cleo')!];
}

describe('who has and has read a message, and when', () => {
  it('tells of each member, with the time of the first receipt that told of it', async () => {
    c.goOffline();
    const sentAtMs = world.clock.now();
    const id = await send('Hello');
    const [ben, cleo] = await told(id, (one) => one.isDelivered);
    expect(ben).toMatchObject({ isRead: false, readAtMs: null });
    expect(ben?.deliveredAtMs).toBeGreaterThan(sentAtMs);
    expect(cleo).toMatchObject({ isDelivered: false, deliveredAtMs: null, isRead: false, readAtMs: null });
    await world.clock.pass(3_600_000);
    const readAtMs = world.clock.now();
    await b.api.markRead(groupId(b), (await b.messages(groupId(b))).at(-1)!.order);
    const [read] = await told(id, (one) => one.isRead);
    expect(read?.readAtMs).toBeGreaterThan(readAtMs);
    expect(read?.deliveredAtMs).toBe(ben?.deliveredAtMs);
    const later = await send('More');
    await told(later, (one) => one.isDelivered);
    expect((await told(id, () => true))[0]).toEqual(read);
    c.goOnline();
    const [, arrived] = await told(id, (_, one) => one.isDelivered);
    expect(arrived?.deliveredAtMs).toBeGreaterThan(readAtMs);
    expect(await b.api.readReceipts(groupId(b), id)).toEqual([]);
    expect(groupOf(a)?.kind).toBe('group');
  });

  it('keeps the latest times of a member only, and says of what is older that it was read', async () => {
    const id = await send('First');
    await b.shows(['First'], groupId(b));
    await b.api.markRead(groupId(b), (await b.messages(groupId(b))).at(-1)!.order);
    await told(id, (one) => one.isRead);
    const [row] = a.disk.rows(`SELECT conversation, account_id FROM receipt_time WHERE kind = 'read'`);
    a.disk.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
       INSERT INTO receipt_time SELECT ${row?.conversation}, '${row?.account_id}', 'read', i - 1, i, 5 FROM n`,
    );
    const next = await send('Next');
    await b.shows(['First', 'Next'], groupId(b));
    await b.api.markRead(groupId(b), (await b.messages(groupId(b))).at(-1)!.order);
    await told(next, (one) => one.isRead);
    expect(a.disk.rows(`SELECT count(*) AS n FROM receipt_time WHERE kind = 'read'`)).toEqual([{ n: 200 }]);
    expect((await told(id, () => true))[0]).toMatchObject({ isRead: true, readAtMs: null });
  });
});

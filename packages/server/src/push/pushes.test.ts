import { limits } from '@sotto/protocol';
import { importJWK, type JWK, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultRates, unlimitedRates } from '../rates.ts';
import { openMemoryDatabase } from '../store/sqlite/openDatabase.ts';
import { SqliteStore } from '../store/sqlite/sqliteStore.ts';
import { systemClock } from '../systemPorts.ts';
import { type PushService, startPushService } from '../testing/pushService.ts';
import { messageAppend } from '../testing/testClient.ts';
import { converse, startTestServer } from '../testing/testServer.ts';
import { createWebPushSender, loadWebPushKeys } from './webPushSender.ts';

let pushes: PushService;
beforeEach(async () => {
  pushes = await startPushService();
});
afterEach(() => pushes.stop());

const endpoint = 'https://push.test/send/abc';

async function annAndBob(rates = unlimitedRates) {
  const store = new SqliteStore({ database: openMemoryDatabase(), defer: systemClock.defer });
  const keys = await loadWebPushKeys(store);
  const sender = await createWebPushSender(keys, 'mailto:operator@example.org', pushes.agent);
  const server = await startTestServer({ store, pushSender: sender, rates });
  const ann = await server.join('ann');
  const bob = await server.join('bob');
  const id = await converse(ann.connection, ann.account, bob.account);
  let count = 0;
  const say = (wakes: boolean, epoch = 1n) =>
    ann.connection.call('append', { ...messageAppend(id, epoch, `text ${count++}`), wakes });
  return { ...server, keys, ann, bob, id, say };
}

describe('devices that are away', () => {
  it('are woken by a message that asks for it, without content, and others are not', async () => {
    const { ann, bob, say, service, keys } = await annAndBob();
    const key = await bob.connection.call('readPushKey', {});
    expect(key.kind === 'done' && key.value.key).toHaveLength(65);
    await bob.connection.call('setPushTarget', { endpoint });
    await ann.connection.call('setPushTarget', { endpoint: 'https://push.test/send/ann' });
    await say(true);
    bob.connection.drop();
    await say(false);
    await say(true);
    await expect.poll(() => pushes.taken.length).toBe(1);
    expect(pushes.taken[0]).toMatchObject({ path: '/send/abc', size: 0 });
    expect(pushes.taken[0]?.headers).toMatchObject({ ttl: '86400', urgency: 'high', topic: 'sotto' });
    const [, token = '', shown] =
      /^vapid t=(.+), k=(.+)$/.exec(pushes.taken[0]?.headers.authorization ?? '') ?? [];
    expect(shown).toBe(Buffer.from(key.kind === 'done' ? key.value.key : []).toString('base64url'));
    const { kty, crv, x, y } = keys.jwk;
    const verified = await jwtVerify(token, await importJWK({ kty, crv, x, y } as JWK, 'ES256'));
    expect(verified.payload).toMatchObject({ aud: 'https://push.test', sub: 'mailto:operator@example.org' });
    await expect.poll(() => service.counters).toMatchObject({ sentPushes: 1, failedPushes: 0 });
  });

  it('are told of no more than they need', async () => {
    const { bob, say } = await annAndBob({ ...unlimitedRates, pushesPerDevice: { burst: 5, perSecond: 0 } });
    await bob.connection.call('setPushTarget', { endpoint });
    bob.connection.drop();
    for (let n = 0; n < 12; n += 1) await say(true);
    await expect.poll(() => pushes.taken.length).toBe(5);
  });

  it('are told of others, however much one account writes', async () => {
    const once = (rate: 'pushesPerDevice' | 'pushesPerSenderAndDevice') => ({
      ...defaultRates[rate],
      perSecond: 0,
    });
    const { bob, say, join, service } = await annAndBob({
      ...unlimitedRates,
      pushesPerDevice: once('pushesPerDevice'),
      pushesPerSenderAndDevice: once('pushesPerSenderAndDevice'),
    });
    const cleo = await join('cleo');
    const other = await converse(cleo.connection, cleo.account, bob.account);
    await bob.connection.call('setPushTarget', { endpoint });
    bob.connection.drop();
    const { burst } = defaultRates.pushesPerSenderAndDevice;
    for (let n = 0; n < 3 * burst; n += 1) await say(true);
    await expect.poll(() => service.counters.sentPushes).toBe(burst);
    await cleo.connection.call('append', { ...messageAppend(other, 1n, 'hello'), wakes: true });
    await expect.poll(() => service.counters.sentPushes).toBe(burst + 1);
  });

  it('are not woken any more once they say so, or once the push service knows them no more', async () => {
    const { bob, id, ann, say, store, online } = await annAndBob();
    const targets = () => store.listPushTargets(id, ann.account.accountId);
    await bob.connection.call('setPushTarget', { endpoint });
    expect(await targets()).toMatchObject([{ endpoint }]);
    await bob.connection.call('setPushTarget', { endpoint: '' });
    expect(await targets()).toEqual([]);
    await bob.connection.call('setPushTarget', { endpoint });
    bob.connection.drop();
    pushes.status = 500;
    await say(true);
    await expect.poll(() => pushes.taken.length).toBe(1);
    expect(await targets()).toHaveLength(1);
    pushes.status = 410;
    await say(true);
    await expect.poll(targets).toEqual([]);
    await online(bob.account);
  });

  it('of one account do not keep those of others from being woken', async () => {
    const { bob, ann, say, join } = await annAndBob();
    await bob.connection.call('setPushTarget', { endpoint });
    bob.connection.drop();
    pushes.isSilent = true;
    for (let n = 0; n < 60; n += 1) await say(true);
    await expect.poll(() => pushes.taken.length).toBe(50);
    const cleo = await join('cleo');
    const other = await converse(ann.connection, ann.account, cleo.account);
    await cleo.connection.call('setPushTarget', { endpoint: 'https://push.test/cleo' });
    cleo.connection.drop();
    pushes.isSilent = false;
    await ann.connection.call('append', { ...messageAppend(other, 1n, 'hello'), wakes: true });
    await expect.poll(() => pushes.taken.map(({ path }) => path)).toContain('/cleo');
  });

  it('name only endpoints of the internet', async () => {
    const { bob, id, ann, store } = await annAndBob();
    for (const bad of [
      'http://push.test/send',
      'https://127.0.0.1/send',
      'https://[::1]/send',
      'https://10.1.2.3/send',
      'https://[::ffff:192.168.0.1]/send',
      'https://push.test:8443/send',
      'https://user:word@push.test/send',
      'file:///etc/passwd',
      'nothing',
      `https://push.test/${'a'.repeat(limits.pushEndpointSizeBytes)}`,
    ]) {
      expect(await bob.connection.call('setPushTarget', { endpoint: bad }), bad).toMatchObject({
        kind: 'refused',
        error: { code: 'malformed' },
      });
    }
    expect(await store.listPushTargets(id, ann.account.accountId)).toEqual([]);
  });

  it('are reached at public addresses only, whatever a name leads to', async () => {
    const { keys } = await annAndBob();
    const sender = await createWebPushSender(keys, 'mailto:operator@example.org');
    expect(await sender.send('https://localhost/send')).toBe('failed');
    sender.stop();
  });

  it('are those of other accounts than who sends', async () => {
    const { bob, id, ann, store } = await annAndBob();
    await bob.connection.call('setPushTarget', { endpoint });
    expect(await store.listPushTargets(id, bob.account.accountId)).toEqual([]);
    expect(await store.listPushTargets(id, ann.account.accountId)).toHaveLength(1);
  });
});

it('the server keeps its key for Web Push', async () => {
  const store = new SqliteStore({ database: openMemoryDatabase(), defer: systemClock.defer });
  const keys = await loadWebPushKeys(store);
  expect(await loadWebPushKeys(store)).toEqual(keys);
});

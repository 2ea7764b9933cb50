import { randomBytes } from 'node:crypto';
import { ChainOperation, type ConversationId, idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import {
  callSignIn,
  conversationCursor,
  createTestDevice,
  inboxCursor,
  messageAppend,
  randomId,
  signChainEntry,
} from '../testing/testClient.ts';
import { converse, startTestServer } from '../testing/testServer.ts';

describe('what others see', () => {
  it('shows presence to those who share a conversation, and to nobody else', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const eve = await server.join('eve');
    const id = await converse(ann.connection, ann.account, bob.account);
    const seenBy = (connection: typeof ann.connection) =>
      connection.pushes.flatMap(({ kind }) =>
        kind.case === 'presence' ? [[kind.value.accountId.toHex(), kind.value.online]] : [],
      );
    await ann.connection.call('subscribe', { logs: [conversationCursor(id)] });
    await ann.connection.until(() => seenBy(ann.connection).length === 1);
    const later = server.connect();
    await later.authenticate(bob.account);
    later.drop();
    await ann.connection.until(() => seenBy(ann.connection).length === 2);
    const bobId = bob.account.accountId;
    expect(seenBy(ann.connection)).toEqual([
      [bobId, true],
      [bobId, false],
    ]);
    expect(seenBy(eve.connection)).toEqual([]);
  });

  it('hands signals of the present epoch to member devices that are reading, and stores nothing', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const eve = await server.join('eve');
    const id = await converse(ann.connection, ann.account, bob.account);
    for (const { connection } of [ann, bob])
      await connection.call('subscribe', { logs: [conversationCursor(id, 1n)] });
    const signal = { conversationId: idToBytes(id), epoch: 1n, payload: randomBytes(9) };
    expect(await eve.connection.call('signal', signal)).toMatchObject({ error: { code: 'not_a_member' } });
    expect(await ann.connection.call('signal', { ...signal, epoch: 0n })).toMatchObject({
      error: { code: 'stale_epoch', epoch: 1n },
    });
    expect(await ann.connection.call('signal', signal)).toMatchObject({ kind: 'done' });
    const signalsOf = ({ connection }: typeof ann) =>
      connection.pushes.filter(({ kind }) => kind.case === 'signal');
    expect(signalsOf(bob)).toHaveLength(1);
    expect(signalsOf(ann)).toHaveLength(0);
    expect(await bob.connection.call('getGroupInfo', { conversationId: idToBytes(id) })).toMatchObject({
      value: { headSeq: 1n },
    });
  });

  it('tells a device that its key packages run low', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const keyPackages = Array.from({ length: limits.keyPackagesLow }, () => randomBytes(20));
    const published = await bob.connection.call('publishKeyPackages', {
      keyPackages,
      lastResort: randomBytes(20),
    });
    expect(published).toMatchObject({ value: { remaining: limits.keyPackagesLow } });
    const accountIds = [idToBytes(bob.account.accountId)];
    const claimed = await ann.connection.call('claimKeyPackages', { accountIds });
    const [first] = claimed.kind === 'done' ? claimed.value.keyPackages : [];
    expect(first?.deviceId.toHex()).toBe(bob.account.devices[0]!.deviceId);
    expect(bob.connection.pushes.map(({ kind }) => kind)).toMatchObject([
      { case: 'keyPackagesLow', value: { remaining: limits.keyPackagesLow - 1 } },
    ]);
  });

  it('tells a device of a conversation that came to be without it, and nobody else', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const eve = await server.join('eve');
    const phone = createTestDevice();
    const grown = { ...bob.account, devices: [...bob.account.devices, phone] };
    await callSignIn(server.signIn, 'addDevice', {
      accountId: idToBytes(bob.account.accountId),
      chainEntry: signChainEntry(grown, ChainOperation.ADD_DEVICE),
    });
    const phoneConnection = await server.online(grown, phone);
    // The creator knew of Bob's first device only.
    const id = await converse(ann.connection, ann.account, bob.account);
    const createdOf = ({ pushes }: typeof phoneConnection) =>
      pushes.flatMap(({ kind }) =>
        kind.case === 'conversationCreated' ? [kind.value.conversationId.toHex()] : [],
      );
    expect(createdOf(phoneConnection)).toEqual([id]);
    for (const { connection } of [ann, bob, eve]) expect(createdOf(connection)).toEqual([]);
    const listed = await phoneConnection.call('listConversations', {});
    expect(listed).toMatchObject({ value: { conversations: [{ deviceIsMember: false }] } });
  });

  it('finds accounts by name or id, with their chain', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const accountId = idToBytes(bob.account.accountId);
    for (const request of [{ username: '@Bob' }, { accountId }]) {
      const found = await ann.connection.call('findAccount', request);
      expect(found).toMatchObject({ kind: 'done', value: { username: 'bob', chain: [{}] } });
    }
    expect(await ann.connection.call('getChain', { accountId, fromSeq: 1n })).toMatchObject({
      value: { chain: [] },
    });
    expect(await ann.connection.call('findAccount', { username: 'nobody' })).toMatchObject({
      error: { code: 'unknown_account' },
    });
    expect(await ann.connection.call('findAccount', { username: `x' OR '1'='1` })).toMatchObject({
      error: { code: 'username_malformed' },
    });
  });

  it('keeps inboxes and conversations to whom they belong', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const eve = await server.join('eve');
    const id = await converse(ann.connection, ann.account, bob.account);
    const inbox = inboxCursor(bob.account.devices[0]!.deviceId);
    for (const log of [conversationCursor(id), inbox]) {
      const answer = await eve.connection.call('subscribe', {
        logs: [inboxCursor(eve.account.devices[0]!.deviceId), log],
      });
      expect(answer).toMatchObject({ error: { code: 'not_a_member' } });
      expect(await eve.connection.call('acknowledge', { cursors: [log] })).toMatchObject({
        error: { code: 'not_a_member' },
      });
    }
    expect(await eve.connection.call('append', messageAppend(id, 1n, 'x'))).toMatchObject({
      error: { code: 'not_a_member' },
    });
    const unknown = conversationCursor(randomId<ConversationId>());
    expect(await eve.connection.call('subscribe', { logs: [unknown] })).toMatchObject({
      error: { code: 'unknown_conversation' },
    });
    await ann.connection.call('append', messageAppend(id, 1n, 'for bob'));
    expect(eve.connection.pushes).toEqual([]);
  });
});

import { randomBytes } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AppendRequestSchema,
  Connection,
  type ConversationId,
  closeCodes,
  idToBytes,
  limits,
  RequestSchema,
} from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRates } from '../rates.ts';
import { ManualClock, settle } from '../testing/manualClock.ts';
import {
  conversationCursor,
  createTestAccount,
  createTestDevice,
  messageAppend,
  randomId,
} from '../testing/testClient.ts';
import { converse, startTestServer, stoppedClock } from '../testing/testServer.ts';

function requestFrame(method: string, payload: Uint8Array, id = 1): Uint8Array {
  return toBinary(RequestSchema, create(RequestSchema, { id, method, payload }));
}

describe('authentication', () => {
  it('answers nothing before it', async () => {
    const { connect } = await startTestServer();
    const stranger = connect();
    for (const { name } of Connection.methods.filter(({ name }) => name !== 'Authenticate')) {
      const answer = await stranger.callRaw(name, new Uint8Array());
      expect(answer).toMatchObject({ kind: 'refused', error: { code: 'not_authenticated' } });
    }
    expect(await stranger.callRaw('DropTables', new Uint8Array())).toMatchObject({
      error: { code: 'not_authenticated' },
    });
  });

  it('takes each challenge once, and no other connection’s', async () => {
    const { connect, join } = await startTestServer();
    const { account } = await join('ann');
    const first = connect();
    const signed = await first.signChallenge(account.accountId, account.devices[0]!);
    const second = connect();
    expect(await second.call('authenticate', signed)).toMatchObject({
      error: { code: 'authentication_failed' },
    });
    expect(await second.authenticate(account)).toMatchObject({ error: { code: 'authentication_failed' } });
    expect(await first.call('authenticate', signed)).toMatchObject({
      kind: 'done',
      value: { keyPackages: 0 },
    });
    expect(await first.call('authenticate', signed)).toMatchObject({ error: { code: 'unknown_method' } });
  });

  it('refuses devices that are not in the chain', async () => {
    const { connect, join } = await startTestServer();
    const { account: ann } = await join('ann');
    const { account: bob } = await join('bob');
    expect(await connect().authenticate(ann, createTestDevice())).toMatchObject({
      error: { code: 'device_unknown' },
    });
    expect(await connect().authenticate(ann, bob.devices[0])).toMatchObject({
      error: { code: 'device_unknown' },
    });
    const impostor = { ...createTestDevice(), deviceId: ann.devices[0]!.deviceId };
    expect(await connect().authenticate(ann, impostor)).toMatchObject({
      error: { code: 'authentication_failed' },
    });
    expect(await connect().authenticate(createTestAccount('eve'))).toMatchObject({
      error: { code: 'unknown_account' },
    });
    const short = { accountId: randomBytes(15), deviceId: randomBytes(16), signature: randomBytes(64) };
    expect(await connect().call('authenticate', short)).toMatchObject({ error: { code: 'malformed' } });
  });

  it('ends a connection that does not authenticate in time', async () => {
    const clock = new ManualClock();
    const defer = (run: () => void) => void setImmediate(run);
    const timed = { nowMs: () => clock.nowMs(), schedule: clock.schedule.bind(clock), defer };
    const { connect, join } = await startTestServer({ clock: timed });
    const { account } = await join('ann');
    const slow = connect();
    clock.advance(limits.challengeLifetimeMs + 1);
    expect(slow.closed?.code).toBe(closeCodes.challengeExpired);
    const quick = connect();
    await quick.authenticate(account);
    clock.advance(limits.challengeLifetimeMs + 1);
    expect(quick.closed).toBeNull();
  });

  it('lets the newest connection of a device take over', async () => {
    const { online, join } = await startTestServer();
    const { account, connection } = await join('ann');
    const newer = await online(account);
    expect(connection.closed?.code).toBe(closeCodes.replaced);
    expect(await newer.call('listConversations', {})).toMatchObject({ kind: 'done' });
  });
});

describe('bad frames', () => {
  it('answers random, truncated and unknown ones and stays up', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const id = await converse(ann.connection, ann.account, bob.account);
    const { name, input } = Connection.method.append;
    const sound = requestFrame(name, toBinary(input, create(input, messageAppend(id, 1n, 'text'))));
    const methods = [
      ...Connection.methods.map((method) => method.name),
      'Nothing',
      '<script>',
      "'; DROP TABLE entry",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.nat({ max: sound.length - 1 }).map((length) => sound.subarray(0, length)),
          fc
            .tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 }))
            .map(([at, byte]) => sound.with(at, byte)),
          fc
            .tuple(fc.constantFrom(...methods), fc.uint8Array({ maxLength: 100 }))
            .map(([method, payload]) => requestFrame(method, payload)),
        ),
        async (frame) => {
          ann.connection.sendRaw(frame);
          await settle();
          const answer = await ann.connection.call('getGroupInfo', { conversationId: idToBytes(id) });
          expect(answer).toMatchObject({ kind: 'done' });
        },
      ),
      { numRuns: 400 },
    );
    expect(ann.connection.closed).toBeNull();
    expect(ann.connection.errorsWithoutRequest).toContain('malformed');
  });

  it('names unknown methods and leaves the connection open', async () => {
    const { join } = await startTestServer();
    const { connection } = await join('ann');
    for (const method of ['Nothing', 'append', '__proto__', 'constructor', '']) {
      expect(await connection.callRaw(method, new Uint8Array())).toMatchObject({
        error: { code: 'unknown_method' },
      });
    }
    expect(await connection.call('listConversations', {})).toMatchObject({ kind: 'done' });
  });

  it('stores a frame that came twice once, and reordered ones as they came', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const id = await converse(ann.connection, ann.account, bob.account);
    await bob.connection.call('subscribe', { logs: [conversationCursor(id, 1n)] });
    const frames = ['one', 'two', 'three'].map((text, i) =>
      requestFrame(
        'Append',
        toBinary(AppendRequestSchema, create(AppendRequestSchema, messageAppend(id, 1n, text))),
        100 + i,
      ),
    );
    for (const at of [2, 0, 1, 0, 2, 1, 1]) ann.connection.sendRaw(frames[at]!);
    await bob.connection.until(() => bob.connection.entriesOf(id).length === 3);
    await settle();
    const bodies = bob.connection.entriesOf(id).map(({ kind }) => {
      return kind.case === 'message' ? Buffer.from(kind.value.body).toString() : '';
    });
    expect(bodies).toEqual(['three', 'one', 'two']);
  });

  it('refuses what is too large with the limit, and a frame beyond all limits with the connection', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const id = await converse(ann.connection, ann.account, bob.account);
    const large = await ann.connection.call(
      'append',
      messageAppend(id, 1n, 'x'.repeat(limits.messageBodySizeBytes + 1)),
    );
    expect(large).toMatchObject({ error: { code: 'too_large', limit: BigInt(limits.messageBodySizeBytes) } });
    const logs = Array.from({ length: limits.logsPerSubscribe + 1 }, () => conversationCursor(id));
    expect(await ann.connection.call('subscribe', { logs })).toMatchObject({
      error: { code: 'too_many', limit: BigInt(limits.logsPerSubscribe) },
    });
    ann.connection.sendRaw(new Uint8Array(limits.requestSizeBytes + 1));
    expect(ann.connection.closed?.code).toBe(closeCodes.tooLarge);
    expect(await bob.connection.call('listConversations', {})).toMatchObject({ kind: 'done' });
  });

  it('refuses malformed fields of every method', async () => {
    const { join } = await startTestServer();
    const { connection } = await join('ann');
    const short = randomBytes(15);
    const transactionId = randomBytes(16);
    const id = idToBytes(randomId<ConversationId>());
    const message = { case: 'message' as const, value: { body: randomBytes(9), live: randomBytes(9) } };
    const answers = [
      await connection.call('append', { conversationId: short, transactionId, kind: message }),
      await connection.call('append', { conversationId: id, transactionId: short, kind: message }),
      await connection.call('append', { conversationId: id, transactionId }),
      await connection.call('append', {
        conversationId: id,
        transactionId,
        kind: { case: 'commit', value: {} },
      }),
      await connection.call('createConversation', { conversationId: id, transactionId }),
      await connection.call('createConversation', {
        conversationId: id,
        transactionId,
        directAccountIds: [short],
      }),
      await connection.call('getGroupInfo', { conversationId: short }),
      await connection.call('claimKeyPackages', { accountIds: [short] }),
      await connection.call('publishKeyPackages', { keyPackages: [new Uint8Array()] }),
      await connection.call('getChain', { accountId: short }),
      await connection.call('getChain', { accountId: id, fromSeq: 2n ** 63n }),
      await connection.call('signal', { conversationId: id }),
      await connection.call('subscribe', { logs: [{}] }),
      await connection.call('subscribe', { logs: [{ log: { kind: 9 as number, id }, seq: 0n }] }),
      await connection.call('acknowledge', {
        cursors: [{ ...conversationCursor(randomId<ConversationId>()), seq: 2n ** 60n }],
      }),
      await connection.call('findAccount', { accountId: short }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ kind: 'refused', error: { code: 'malformed' } });
  });
});

describe('limits of a connection', () => {
  it('ends one that floods', async () => {
    const { connect } = await startTestServer({ rates: defaultRates });
    const connection = connect();
    for (let i = 0; i < 1000 && connection.closed === null; i += 1) connection.sendRaw(new Uint8Array([255]));
    expect(connection.closed?.code).toBe(closeCodes.flooding);
  });

  it('says when to try again', async () => {
    const rates = { ...defaultRates, requestsPerDevice: { burst: 20, perSecond: 1 } };
    const { join } = await startTestServer({ rates, clock: stoppedClock });
    const { connection } = await join('ann');
    const codes = [];
    for (let i = 0; i < 6; i += 1) codes.push(await connection.call('listConversations', {}));
    expect(codes.at(-1)).toMatchObject({ error: { code: 'rate_limited' } });
    expect(codes.at(-1)).toHaveProperty('error.retryAfterMs', 5000);
  });

  it('takes so many requests at a time', async () => {
    const { join } = await startTestServer();
    const { connection } = await join('ann');
    const answers = await Promise.all(
      Array.from({ length: limits.requestsInFlight + 1 }, () => connection.call('listConversations', {})),
    );
    expect(answers.filter(({ kind }) => kind === 'done')).toHaveLength(limits.requestsInFlight);
    expect(answers.at(-1)).toMatchObject({
      error: { code: 'too_many', limit: BigInt(limits.requestsInFlight) },
    });
  });
});

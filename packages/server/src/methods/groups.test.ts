import { randomBytes } from 'node:crypto';
import { type ConversationId, idToBytes } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { unlimitedRates } from '../rates.ts';
import { commitAdding, conversationCursor, randomId } from '../testing/testClient.ts';
import { startTestServer } from '../testing/testServer.ts';

type Joined = Awaited<ReturnType<Awaited<ReturnType<typeof startTestServer>>['join']>>;

function deviceOf({ account }: Joined) {
  return { accountId: account.accountId, deviceId: account.devices[0]!.deviceId };
}

/** A group of `creator` and `others`, of which all read. */
async function found(creator: Joined, others: readonly Joined[]): Promise<ConversationId> {
  const conversationId = randomId<ConversationId>();
  const created = await creator.connection.call('createConversation', {
    conversationId: idToBytes(conversationId),
    transactionId: randomBytes(16),
    commit: commitAdding(others.map(deviceOf)),
  });
  if (created.kind === 'refused') throw new Error(created.error.code);
  for (const { connection } of [creator, ...others]) {
    await connection.call('subscribe', { logs: [conversationCursor(conversationId, 1n)] });
  }
  return conversationId;
}

describe('groups over the connection', () => {
  it('tell devices of accounts that come without a Welcome, at creation and later', async () => {
    const { join } = await startTestServer();
    const [ann, bob, eve] = [await join('ann'), await join('bob'), await join('eve')];
    const conversationId = await found(ann, [bob]);
    const commit = commitAdding([]);
    const added = await ann.connection.call('append', {
      conversationId: idToBytes(conversationId),
      transactionId: randomBytes(16),
      epoch: 1n,
      kind: {
        case: 'commit',
        value: {
          ...commit,
          entry: { ...commit.entry, accountsAdded: [{ accountId: idToBytes(eve.account.accountId) }] },
        },
      },
    });
    expect(added).toMatchObject({ kind: 'done' });
    const told = () => eve.connection.pushes.some(({ kind }) => kind.case === 'conversationCreated');
    await eve.connection.until(told);
    expect(await eve.connection.call('listConversations', {})).toMatchObject({
      value: { conversations: [{ group: true, firstSeq: 2n, deviceIsMember: false, accountIds: [] }] },
    });
  });

  it('tell members of a request to join, and who asked that it was refused', async () => {
    const { join } = await startTestServer();
    const [ann, bob, eve] = [await join('ann'), await join('bob'), await join('eve')];
    const conversationId = idToBytes(await found(ann, [bob]));
    const inviteId = randomBytes(16);
    const ids = { conversationId, inviteId };
    const sealed = randomBytes(200);
    const asking = { ...ids, sealed };
    expect(await eve.connection.call('requestToJoin', asking)).toMatchObject({
      error: { code: 'invite_invalid' },
    });
    expect(await eve.connection.call('putInvitePreview', { ...asking, expiresAtMs: 0n })).toMatchObject({
      error: { code: 'not_a_member' },
    });
    expect(await ann.connection.call('putInvitePreview', { ...asking, expiresAtMs: 0n })).toMatchObject({
      kind: 'done',
    });
    const shown = await eve.connection.call('readInvitePreview', { inviteId });
    expect(shown).toMatchObject({ value: { member: false } });
    expect(await eve.connection.call('requestToJoin', asking)).toMatchObject({ value: { member: false } });
    for (const { connection } of [ann, bob]) {
      await connection.until(() => connection.pushes.some(({ kind }) => kind.case === 'joinRequest'));
    }
    expect(await eve.connection.call('listJoinRequests', { conversationId })).toMatchObject({
      error: { code: 'not_a_member' },
    });
    const listed = await bob.connection.call('listJoinRequests', { conversationId });
    expect(listed.kind === 'done' && listed.value.requests.map(({ accountId }) => accountId.toHex())).toEqual(
      [eve.account.accountId],
    );
    const answer = { conversationId, accountId: idToBytes(eve.account.accountId), accepted: false };
    const told = () => ann.connection.pushes.filter(({ kind }) => kind.case === 'joinRequest').length;
    const before = told();
    expect(await bob.connection.call('answerJoinRequest', answer)).toMatchObject({ kind: 'done' });
    await eve.connection.until(() => eve.connection.pushes.some(({ kind }) => kind.case === 'joinRefused'));
    // Who is asked no more is told as well.
    await ann.connection.until(() => told() > before);
    expect(await ann.connection.call('dropInvitePreview', ids)).toMatchObject({ kind: 'done' });
    expect(await eve.connection.call('readInvitePreview', { inviteId })).toMatchObject({
      error: { code: 'invite_invalid' },
    });
  });

  it('refuse ids, sizes and numbers that are none', async () => {
    const { join } = await startTestServer();
    const ann = await join('ann');
    const conversationId = idToBytes(await found(ann, []));
    const inviteId = randomBytes(16);
    const { connection } = ann;
    const codes = [
      await connection.call('putInvitePreview', {
        conversationId,
        inviteId: randomBytes(15),
        sealed: inviteId,
      }),
      await connection.call('putInvitePreview', { conversationId, inviteId }),
      await connection.call('putInvitePreview', { conversationId, inviteId, sealed: new Uint8Array(40_000) }),
      await connection.call('readInvitePreview', {}),
      await connection.call('requestToJoin', { conversationId, inviteId, sealed: new Uint8Array(4000) }),
      await connection.call('openBlobs', { blobIds: [randomBytes(31)] }),
      await connection.call('openBlobs', { blobIds: Array.from({ length: 300 }, () => randomBytes(32)) }),
      await connection.call('openBlobs', { conversationId: randomBytes(3) }),
      await connection.call('releaseBlobs', { conversationId, seqs: [2n ** 60n] }),
      await connection.call('cancelUpload', { ticket: randomBytes(31) }),
    ].map((answer) => (answer.kind === 'refused' ? answer.error.code : 'done'));
    expect(codes).toEqual([
      'malformed',
      'malformed',
      'too_large',
      'malformed',
      'too_large',
      'malformed',
      'too_many',
      'malformed',
      'malformed',
      'malformed',
    ]);
  });

  it('drop signals beyond what a conversation may have, and refuse none', async () => {
    const rates = { ...unlimitedRates, signalsPerConversation: { burst: 5, perSecond: 0.001 } };
    const { join } = await startTestServer({ rates });
    const [ann, bob] = [await join('ann'), await join('bob')];
    const conversationId = idToBytes(await found(ann, [bob]));
    for (let i = 0; i < 5; i++) {
      const signal = { conversationId, epoch: 1n, payload: randomBytes(10) };
      expect(await ann.connection.call('signal', signal)).toMatchObject({ kind: 'done' });
    }
    // Each counts for the two that read.
    expect(bob.connection.pushes.filter(({ kind }) => kind.case === 'signal')).toHaveLength(2);
  });
});

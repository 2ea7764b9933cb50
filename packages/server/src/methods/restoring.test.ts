import { randomBytes } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import { EntrySchema, idToBytes, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntry } from '../log/encodeEntry.ts';
import { isCommitEntry } from '../log/isCommitEntry.ts';
import { messageAppend, randomId } from '../testing/testClient.ts';
import { converse, startTestServer } from '../testing/testServer.ts';

async function start() {
  const { join } = await startTestServer();
  const ann = await join('ann');
  const bob = await join('bob');
  const eve = await join('eve');
  const id = await converse(ann.connection, ann.account, bob.account);
  return { ann, bob, eve, id };
}

describe('ReadCommits', () => {
  it('gives a member the commits alone, and how far it looked', async () => {
    const { ann, bob, id } = await start();
    for (let n = 0; n < 5; n++) await ann.connection.call('append', messageAppend(id, 1n, `message ${n}`));
    const conversationId = idToBytes(id);
    const all = await ann.connection.call('readCommits', { conversationId, afterSeq: 0n });
    expect(all).toMatchObject({ kind: 'done', value: { throughSeq: 6n, headSeq: 6n } });
    // Who was added by the first commit reads what comes after it.
    const later = await bob.connection.call('readCommits', { conversationId, afterSeq: 3n });
    expect(later).toMatchObject({ kind: 'done', value: { throughSeq: 6n, headSeq: 6n, entries: [] } });
    if (all.kind === 'done') {
      for (const bytes of all.value.entries) {
        expect(fromBinary(EntrySchema, bytes).kind.case).toBe('commit');
      }
    }
    const beyond = await bob.connection.call('readCommits', { conversationId, afterSeq: 100n });
    expect(beyond).toMatchObject({ kind: 'done', value: { headSeq: 6n, entries: [] } });
  });

  it('refuses what is malformed or not the device’s', async () => {
    const { eve, id } = await start();
    const code = async (request: object) => {
      const answer = await eve.connection.call('readCommits', request);
      return answer.kind === 'refused' ? answer.error.code : 'done';
    };
    expect(await code({ conversationId: idToBytes(id), afterSeq: 0n })).toBe('not_a_member');
    expect(await code({ conversationId: idToBytes(randomId()), afterSeq: 0n })).toBe('unknown_conversation');
    expect(await code({ conversationId: new Uint8Array(3), afterSeq: 0n })).toBe('malformed');
    expect(await code({ conversationId: idToBytes(id), afterSeq: 2n ** 60n })).toBe('malformed');
  });
});

describe('isCommitEntry', () => {
  it('says the same as the decoder', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const kind = fc.oneof(
      bytes.map((commit) => ({ case: 'commit', value: { commit } }) as const),
      bytes.map((body) => ({ case: 'message', value: { body } }) as const),
    );
    const seqs = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
    fc.assert(
      fc.property(seqs, seqs, seqs, bytes, kind, (seq, acceptedAtMs, epoch, id, kind) => {
        const ids = { transactionId: id, senderAccount: id, senderDevice: id };
        const entry = encodeEntry({ seq, acceptedAtMs, epoch, ...ids, kind, prevHash: id });
        expect(isCommitEntry(entry)).toBe(kind.case === 'commit');
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (noise) => typeof isCommitEntry(noise) === 'boolean'));
  });
});

describe('ReadAccounts', () => {
  it('gives accounts with their chains in the order asked, without unknown ones', async () => {
    const { ann, bob, eve } = await start();
    const accountIds = [eve, ann].map(({ account }) => idToBytes(account.accountId));
    const read = await bob.connection.call('readAccounts', {
      accountIds: [accountIds[0]!, randomBytes(16), accountIds[1]!],
    });
    if (read.kind !== 'done') throw new Error('refused');
    expect(read.value.accounts.map(({ username }) => username)).toEqual(['eve', 'ann']);
    expect(read.value.accounts.every(({ chain }) => chain.length > 0)).toBe(true);
  });

  it('refuses what is malformed or too much', async () => {
    const { bob } = await start();
    const code = async (accountIds: Uint8Array[]) => {
      const answer = await bob.connection.call('readAccounts', { accountIds });
      return answer.kind === 'refused' ? answer.error.code : 'done';
    };
    expect(await code([])).toBe('done');
    expect(await code([randomBytes(3)])).toBe('malformed');
    expect(await code(Array.from({ length: limits.accountsPerRead + 1 }, () => randomBytes(16)))).toBe(
      'too_many',
    );
  });
});

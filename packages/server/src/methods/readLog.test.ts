import { randomBytes } from 'node:crypto';
import { type AccountId, type ConversationId, idToBytes, LogKind, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { conversationCursor, messageAppend, randomId } from '../testing/testClient.ts';
import { converse, startTestServer } from '../testing/testServer.ts';

async function start() {
  const { join, online } = await startTestServer();
  const ann = await join('ann');
  const bob = await join('bob');
  const id = await converse(ann.connection, ann.account, bob.account);
  return { ann, bob, id, online };
}

const conversation = (id: ConversationId) => conversationCursor(id).log;
const keyring = (id: AccountId) => ({ kind: LogKind.KEYRING, id: idToBytes(id) });

function depositOf(id: ConversationId, changes = {}) {
  return {
    conversationId: idToBytes(id),
    epoch: 1n,
    enc: randomBytes(1120),
    sealed: randomBytes(48),
    signature: randomBytes(64),
    ...changes,
  };
}

describe('ReadLog', () => {
  it('gives pages of several logs, and refuses what is malformed, too much or not the account’s', async () => {
    const { ann, bob, id } = await start();
    await ann.connection.call('append', messageAppend(id, 1n, 'hello'));
    const page = { log: conversation(id), beforeSeq: 0n, limit: 10 };
    const read = await bob.connection.call('readLog', { logs: [page, { ...page, beforeSeq: 2n }] });
    expect(read).toMatchObject({ kind: 'done', value: { pages: [{ headSeq: 2n }, { headSeq: 2n }] } });
    if (read.kind === 'done') expect(read.value.pages.map(({ entries }) => entries.length)).toEqual([2, 1]);
    const code = async (...logs: object[]) => {
      const answer = await bob.connection.call('readLog', { logs });
      return answer.kind === 'refused' ? answer.error.code : 'done';
    };
    expect(await code()).toBe('done');
    expect(await code({ ...page, limit: 0 })).toBe('malformed');
    expect(await code({ ...page, limit: limits.entriesPerRead + 1 })).toBe('too_many');
    expect(await code({ ...page, beforeSeq: 2n ** 60n })).toBe('malformed');
    expect(await code({ ...page, log: { kind: 99, id: randomBytes(16) } })).toBe('malformed');
    expect(await code({ ...page, log: { kind: LogKind.INBOX, id: randomBytes(16) } })).toBe('malformed');
    expect(await code({ limit: 1 })).toBe('malformed');
    expect(await code({ ...page, log: conversation(randomId()) })).toBe('unknown_conversation');
    expect(await code(page, { ...page, log: keyring(ann.account.accountId) })).toBe('not_a_member');
    expect(await code(...Array.from({ length: limits.logsPerRead + 1 }, () => page))).toBe('too_many');
  });
});

describe('account items', () => {
  it('are the account’s alone, and its other devices are told', async () => {
    const { ann, bob } = await start();
    const item = { slot: randomBytes(16), sealed: randomBytes(100) };
    expect(await ann.connection.call('putAccountItems', { items: [item] })).toMatchObject({
      value: { version: 1n },
    });
    const read = (from: typeof ann, afterVersion = 0n) =>
      from.connection.call('readAccountItems', { afterVersion });
    expect(await read(ann)).toMatchObject({ value: { version: 1n, items: [{ version: 1n }] } });
    expect(await read(ann, 1n)).toMatchObject({ value: { version: 1n, items: [] } });
    expect(await read(bob)).toMatchObject({ value: { version: 0n, items: [] } });
    expect(await read(ann, 2n ** 60n)).toMatchObject({ error: { code: 'malformed' } });
    const code = async (...items: object[]) => {
      const answer = await ann.connection.call('putAccountItems', { items });
      return answer.kind === 'refused' ? answer.error.code : 'done';
    };
    expect(await code(item)).toBe('item_stale');
    expect(await code({ ...item, version: 2n ** 60n })).toBe('malformed');
    const twice = { ...item, version: 1n };
    expect(await code(twice, twice)).toBe('malformed');
    expect(await code({ ...item, slot: randomBytes(15) })).toBe('malformed');
    expect(await code({ ...item, sealed: new Uint8Array() })).toBe('malformed');
    expect(await code({ ...item, sealed: randomBytes(limits.accountItemSizeBytes + 1) })).toBe('too_large');
    expect(await code(...Array.from({ length: limits.accountItemsPerRequest + 1 }, () => item))).toBe(
      'too_many',
    );
  });
});

describe('Deposit', () => {
  it('adds to the own keyring, of which other devices hear', async () => {
    const { ann, id } = await start();
    const log = keyring(ann.account.accountId);
    expect(await ann.connection.call('subscribe', { logs: [{ log, seq: 0n }] })).toMatchObject({
      kind: 'done',
      value: { heads: [{ seq: 0n }] },
    });
    const deposit = depositOf(id);
    expect(await ann.connection.call('deposit', { deposits: [deposit] })).toMatchObject({ kind: 'done' });
    await ann.connection.until(() => ann.connection.entriesOf(ann.account.accountId).length === 1);
    const [entry] = ann.connection.entriesOf(ann.account.accountId);
    expect(entry?.kind.case).toBe('deposit');
    const { deviceId } = ann.account.devices[0]!;
    expect(entry?.senderDevice.toHex()).toBe(deviceId);
  });

  it('refuses what is malformed or too much', async () => {
    const { ann, id } = await start();
    const code = async (...deposits: object[]) => {
      const answer = await ann.connection.call('deposit', { deposits });
      return answer.kind === 'refused' ? answer.error.code : 'done';
    };
    expect(await code(depositOf(id, { conversationId: randomBytes(15) }))).toBe('malformed');
    expect(await code(depositOf(id, { enc: new Uint8Array() }))).toBe('malformed');
    expect(await code(depositOf(id, { signature: new Uint8Array() }))).toBe('malformed');
    expect(await code(depositOf(id, { sealed: randomBytes(limits.depositSizeBytes) }))).toBe('malformed');
    const many = Array.from({ length: limits.depositsPerRequest + 1 }, () => ({}));
    expect(await code(...many)).toBe('too_many');
  });
});

import { describe, expect, it } from 'vitest';
import { conversationCursor, inboxCursor, messageAppend } from './testing/testClient.ts';
import { converse, startTestServer } from './testing/testServer.ts';

describe('DeliveryService', () => {
  it('carries a conversation from registration to a message in the other inbox', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const id = await converse(ann.connection, ann.account, bob.account);

    const bobDevice = bob.account.devices[0]!.deviceId;
    await bob.connection.call('subscribe', { logs: [inboxCursor(bobDevice)] });
    await bob.connection.until(() => bob.connection.entriesOf(bobDevice).length === 1);
    const [welcome] = bob.connection.entriesOf(bobDevice);
    expect(welcome?.kind).toMatchObject({ case: 'welcome', value: { commitSeq: 1n } });

    const subscribed = await bob.connection.call('subscribe', { logs: [conversationCursor(id, 1n)] });
    expect(subscribed).toMatchObject({ kind: 'done', value: { heads: [{ seq: 1n }] } });
    const sent = await ann.connection.call('append', messageAppend(id, 1n, 'hello'));
    expect(sent).toMatchObject({ kind: 'done', value: { seq: 2n } });
    await bob.connection.until(() => bob.connection.entriesOf(id).length === 1);
    const [entry] = bob.connection.entriesOf(id);
    expect(entry).toMatchObject({ seq: 2n, epoch: 1n, kind: { case: 'message' } });
    await server.service.stop();
    expect(bob.connection.closed?.code).toBe(1001);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { tickOf } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
});

describe('two devices in conversation', () => {
  it('finds, writes, answers, and shows ticks', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'Hello Ben');
    await b.shows(['Hello Ben']);
    expect(b.conversations[0]).toMatchObject({ title: 'anna', unreadCount: 1, state: 'ready' });
    await b.api.sendText(b.conversations[0]!.conversationId, 'Hello Anna');
    await a.shows(['Hello Ben', 'Hello Anna']);
    const tick = async () => tickOf((await a.messages(id)).find(({ mine }) => mine)!, a.conversations[0]!);
    await world.until(() => a.conversations[0]!.deliveredOrder > 1, 'delivered');
    expect(await tick()).toBe('delivered');

    const last = (await b.messages()).at(-1)!;
    await b.api.markRead(b.conversations[0]!.conversationId, last.order);
    expect(b.conversations[0]!.unreadCount).toBe(0);
    await world.until(() => a.conversations[0]!.readOrder > 1, 'read');
    expect(await tick()).toBe('read');
  });

  it('begins with a notice and knows its members', async () => {
    const id = await a.meet(ben);
    await world.until(() => a.conversations[0]?.state === 'ready', 'ready');
    const messages = await a.messages(id);
    expect(messages.map(({ body }) => body)).toEqual([
      { kind: 'notice', notice: { kind: 'conversationStarted' } },
    ]);
    let details: unknown;
    a.api.watch({ kind: 'conversation', conversationId: id }, (value) => {
      details = value;
    })();
    expect(details).toMatchObject({
      epoch: 1,
      postQuantum: false,
      members: [
        { isSelf: true, deviceCount: 1 },
        { isSelf: false, deviceCount: 1, account: { username: 'ben' } },
      ],
    });
  });

  it('shows typing for a while', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'Hi');
    await b.shows(['Hi']);
    await a.api.setTyping(id, true);
    await world.until(() => b.conversations[0]!.typing, 'typing');
    await world.until(() => !b.conversations[0]!.typing, 'no longer typing');
  });

  it('shows nobody typing whose message has come', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'hello');
    await b.shows(['hello']);
    await a.api.setTyping(id, true);
    await world.until(() => b.conversations[0]!.typing, 'typing');
    await a.api.sendText(id, 'this');
    await b.shows(['hello', 'this']);
    expect(b.conversations[0]!.typing).toBe(false);
  });

  it('shows who is online', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'Hi');
    await b.shows(['Hi']);
    await world.until(() => a.conversations[0]!.online, 'online');
    b.goOffline();
    await world.until(() => !a.conversations[0]!.online, 'offline');
  });

  it('tells watchers of each changed message, and of nobody else', async () => {
    const id = await a.meet(ben);
    const seen: string[] = [];
    const stop = a.api.watch({ kind: 'messages', conversationId: id }, ({ changed }) => {
      for (const message of changed) {
        if (message.body.kind === 'text') seen.push(`${message.body.text} ${message.state}`);
      }
    });
    await a.api.sendText(id, 'one');
    await b.shows(['one']);
    await world.until(() => seen.at(-1) === 'one sent', 'sent');
    expect(seen[0]).toBe('one waiting');
    stop();
    const count = seen.length;
    await a.api.sendText(id, 'two');
    await b.shows(['one', 'two']);
    expect(seen).toHaveLength(count);
  });

  it('keeps notes to oneself, on every own device', async () => {
    const other = await anna.addDevice();
    await other.online();
    const id = await a.open(anna);
    await a.api.sendText(id, 'milk');
    await other.shows(['milk']);
    const [note] = (await a.messages(id)).filter(({ mine }) => mine);
    expect(tickOf(note!, a.conversations[0]!)).toBe('read');
    expect(other.conversations[0]!.unreadCount).toBe(0);
  });
});

describe('what cannot be sent', () => {
  it('refuses empty and too long texts with the limit, and unknown conversations', async () => {
    const id = await a.meet(ben);
    expect(await a.api.sendText(id, ' \n ')).toEqual({ kind: 'problem', problem: { kind: 'empty' } });
    const tooLong = { kind: 'problem', problem: { kind: 'tooLong', limit: 65_536 } };
    expect(await a.api.sendText(id, 'x'.repeat(10_000_000))).toEqual(tooLong);
    expect(await a.api.sendText(id, 'é'.repeat(32_769))).toEqual(tooLong);
    expect((await a.api.sendText(id, 'é'.repeat(32_768))).kind).toBe('ok');
    const unknown = '00'.repeat(16) as typeof id;
    expect(await a.api.sendText(unknown, 'x')).toEqual({
      kind: 'problem',
      problem: { kind: 'unknownConversation' },
    });
  });

  it('carries SQL, HTML and lone surrogates as text', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, `'); DROP TABLE message; -- <script>alert(1)</script> \u0000 \ud800`);
    await b.shows([`'); DROP TABLE message; -- <script>alert(1)</script> \u0000 \ufffd`]);
  });

  it('does not add a message twice under one id', async () => {
    const id = await a.meet(ben);
    const messageId = 'ab'.repeat(16) as Parameters<typeof a.api.sendText>[2];
    await a.api.sendText(id, 'once', messageId);
    await a.api.sendText(id, 'once', messageId);
    await b.shows(['once']);
    expect(await a.texts(id)).toEqual(['once']);
  });
});

describe('offline', () => {
  it('keeps what is written offline and sends it on return; what was missed arrives', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'first');
    await b.shows(['first']);
    a.goOffline();
    await world.until(() => a.connection.kind !== 'online', 'offline');
    await a.api.sendText(id, 'second');
    await a.api.sendText(id, 'third');
    await b.api.sendText(b.conversations[0]!.conversationId, 'missed');
    await world.clock.pass(1000);
    expect((await a.messages(id)).slice(-2).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    a.goOnline();
    await a.shows(['first', 'missed', 'second', 'third']);
    await b.shows(['first', 'missed', 'second', 'third']);
  });

  it('opens a conversation with an account met before, and creates it on return', async () => {
    await a.find(ben);
    a.goOffline();
    await world.until(() => a.connection.kind !== 'online', 'offline');
    const id = await a.open(ben);
    await a.api.sendText(id, 'written offline');
    expect(a.conversations[0]).toMatchObject({ conversationId: id, state: 'waiting' });
    a.goOnline();
    await b.shows(['written offline']);
    expect(a.conversations[0]).toMatchObject({ conversationId: id, state: 'ready' });
  });

  it('cannot open one with an account it never met', async () => {
    a.goOffline();
    await world.until(() => a.connection.kind !== 'online', 'offline');
    expect(await a.api.openDirectConversation(ben.accountId)).toEqual({
      kind: 'problem',
      problem: { kind: 'offline' },
    });
  });

  it('discards what has not left', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'first');
    await b.shows(['first']);
    a.goOffline();
    await world.until(() => a.connection.kind !== 'online', 'offline');
    const sent = await a.api.sendText(id, 'second');
    if (sent.kind !== 'ok') throw new Error('not sent');
    await a.api.discardMessage(id, sent.value);
    await a.api.sendText(id, 'third');
    a.goOnline();
    await b.shows(['first', 'third']);
  });
});

describe('both sides at once', () => {
  it('ends in one conversation with all messages, under the id that views had', async () => {
    await a.find(ben);
    await b.find(anna);
    a.goOffline();
    b.goOffline();
    await world.until(() => a.connection.kind !== 'online' && b.connection.kind !== 'online', 'offline');
    const idA = await a.open(ben);
    const idB = await b.open(anna);
    await a.api.sendText(idA, 'from anna');
    await b.api.sendText(idB, 'from ben');
    a.goOnline();
    b.goOnline();
    const both = async (device: TestDevice, id: typeof idA) => (await device.texts(id)).sort().join();
    let done = false;
    const look = async () => {
      done = (await both(a, idA)) === 'from anna,from ben' && (await both(b, idB)) === 'from anna,from ben';
    };
    await world.until(() => {
      void look();
      return done;
    }, 'both have both');
    expect(await a.texts(idA)).toEqual(await b.texts(idB));
    expect(a.conversations.map(({ conversationId }) => conversationId)).toEqual([idA]);
    expect(b.conversations.map(({ conversationId }) => conversationId)).toEqual([idB]);
  });
});

describe('several devices', () => {
  it('joins a new device to what is there, and syncs own messages and read marks', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'before');
    await b.shows(['before']);
    const b2 = await ben.addDevice();
    await b2.online();
    await world.until(() => b2.conversations[0]?.state === 'ready', 'joined');
    await b.api.sendText(b.conversations[0]!.conversationId, 'from the first');
    await b2.shows(['before', 'from the first']);
    expect((await b2.messages()).map(({ body }) => body.kind)).toEqual(['notice', 'text', 'text']);
    expect((await b2.messages()).at(-1)).toMatchObject({ mine: true, state: 'sent' });
    await a.api.sendText(id, 'after');
    await b2.shows(['before', 'from the first', 'after']);
    await b.shows(['before', 'from the first', 'after']);
    expect(b2.conversations[0]!.unreadCount).toBe(2);
    await b.api.markRead(b.conversations[0]!.conversationId, (await b.messages()).at(-1)!.order);
    await world.until(() => b2.conversations[0]!.unreadCount === 0, 'read on the other device');
  });

  it('takes a device that the chain no longer lists out of the group, and locks what it has', async () => {
    const b2 = await ben.addDevice();
    await b2.online();
    const id = await a.meet(ben);
    await a.api.sendText(id, 'before');
    await b2.shows(['before']);
    if (b2.session.kind !== 'signedIn') throw new Error('not signed in');
    await ben.removeDevice(b2.session.deviceId);
    await world.until(() => b2.session.kind === 'stopped', 'removed');
    expect(b2.session).toEqual({ kind: 'stopped', reason: 'deviceRemoved' });
    await world.until(
      () => a.disk.rows('SELECT epoch FROM group_state')[0]?.epoch === 2,
      'the group went on without it',
    );
    await a.api.sendText(id, 'after');
    await b.shows(['before', 'after']);
    expect(await b2.texts()).toEqual([]);
  });

  it('takes it out as well where nobody was there when it was dropped', async () => {
    const b2 = await ben.addDevice();
    await b2.online();
    const id = await a.meet(ben);
    await a.api.sendText(id, 'before');
    await b2.shows(['before']);
    await b.shows(['before']);
    if (b2.session.kind !== 'signedIn') throw new Error('not signed in');
    a.goOffline();
    b.goOffline();
    await world.until(
      () => b.connection.kind === 'offline' && a.connection.kind === 'offline',
      'both are away',
    );
    await ben.removeDevice(b2.session.deviceId);
    b.goOnline();
    await world.until(
      () => b.disk.rows('SELECT epoch FROM group_state')[0]?.epoch === 2,
      'the group goes on without it',
    );
  });
});

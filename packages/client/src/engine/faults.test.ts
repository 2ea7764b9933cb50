import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  EntrySchema,
  LogKind,
  PushSchema,
  type Request,
  RequestSchema,
  type ServerFrame,
  ServerFrameSchema,
  type TransactionId,
} from '@sotto/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WriteFault } from '../testing/faultyDatabase.ts';
import { type FrameHook, type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

async function begin(): Promise<void> {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
}

const requestOf = (frame: Uint8Array): Request => fromBinary(RequestSchema, frame);
const answerOf = (frame: Uint8Array): ServerFrame => fromBinary(ServerFrameSchema, frame);

/** Loses the answer to the first request of this method, and the connection with it. */
function loseAnswer(device: TestDevice, method: string): { readonly lost: () => boolean } {
  let id: number | null = null;
  let isLost = false;
  const toServer: FrameHook = (frame) => {
    const request = requestOf(frame);
    if (request.method === method && id === null) id = request.id;
    return [frame];
  };
  const toDevice: FrameHook = (frame) => {
    const { kind } = answerOf(frame);
    if (isLost || kind.case !== 'response' || kind.value.id !== id) return [frame];
    isLost = true;
    device.breakConnection();
    return [];
  };
  device.toServer = toServer;
  device.toDevice = toDevice;
  return { lost: () => isLost };
}

beforeEach(begin);

describe('a request that was carried out, and whose answer is lost', () => {
  it('does not send a message twice', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'first');
    await b.shows(['first']);
    const answer = loseAnswer(a, 'Append');
    await a.api.sendText(id, 'second');
    await a.api.sendText(id, 'third');
    await b.shows(['first', 'second', 'third']);
    await a.shows(['first', 'second', 'third']);
    await world.until(() => a.disk.rows('SELECT 1 FROM outbox').length === 0, 'nothing waits');
    expect(answer.lost()).toBe(true);
  });

  it('does not create a conversation twice', async () => {
    const answer = loseAnswer(a, 'CreateConversation');
    const id = await a.meet(ben);
    await a.api.sendText(id, 'hello');
    await b.shows(['hello']);
    expect(answer.lost()).toBe(true);
    expect(a.conversations).toHaveLength(1);
    expect(b.conversations).toHaveLength(1);
  });

  it('does not join twice', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'before');
    await b.shows(['before']);
    b.goOffline();
    const a2 = await anna.addDevice();
    const answer = loseAnswer(a2, 'Append');
    await world.until(() => a2.conversations[0]?.state === 'ready', 'joined');
    await a.api.sendText(id, 'after');
    await a2.shows(['before', 'after']);
    expect(answer.lost()).toBe(true);
    expect(a2.disk.rows('SELECT epoch FROM group_state')).toEqual([{ epoch: 2 }]);
  });
});

describe('a message made in an epoch that has passed', () => {
  it('is made anew, by two devices that send while a third joins', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'first');
    await b.shows(['first']);
    const b2 = await ben.addDevice();
    for (let i = 0; i < 5; i++) {
      await a.api.sendText(id, `a${i}`);
      await b.api.sendText(b.conversations[0]!.conversationId, `b${i}`);
      await world.clock.pass(7);
    }
    await world.until(() => b2.conversations[0]?.state === 'ready', 'joined');
    await a.api.sendText(id, 'last');
    let shown: string[] = [];
    const look = async () => {
      shown = await b.texts();
    };
    await world.until(() => {
      void look();
      return shown.length === 12;
    }, 'all twelve arrive');
    await a.shows(shown, id);
    const kinds = [...(await a.messages(id)), ...(await b.messages())].map(({ body }) => body.kind);
    expect(kinds).not.toContain('unreadable');
    expect(shown.filter((text) => text.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
  });
});

describe('a crash between any two writes', () => {
  const faults: readonly WriteFault[] = ['before', 'after'];

  /** As a user would: starts what has stopped, and tries again what was not taken, under the same id. */
  async function restartStopped(): Promise<void> {
    for (const device of [a, b]) {
      if (device.session.kind !== 'stopped') continue;
      expect(device.session).toEqual({ kind: 'stopped', reason: 'storageUnavailable' });
      await device.restart();
    }
  }
  async function sendSomehow(text: string, messageId: TransactionId): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      await restartStopped();
      const sent = await world.result(
        (async () => {
          await a.api.findAccount('ben');
          const opened = await a.api.openDirectConversation(ben.accountId);
          return opened.kind === 'ok' && (await a.api.sendText(opened.value, text, messageId)).kind === 'ok';
        })(),
      );
      if ('value' in sent && sent.value) return;
      await world.clock.pass(500);
    }
    throw new Error('It was never taken');
  }

  it.each(faults)('loses and doubles nothing: reported as failed, %s', async (fault) => {
    for (let write = 1; write <= 24; write++) {
      await begin();
      const victim = write % 2 === 0 ? a : b;
      victim.disk.failAt(Math.ceil(write / 2), fault);
      await sendSomehow('one', '01'.repeat(16) as TransactionId);
      await world.clock.pass(2000);
      await sendSomehow('two', '02'.repeat(16) as TransactionId);
      for (let turn = 0; turn < 20; turn++) {
        await world.clock.pass(1000);
        await restartStopped();
      }
      expect(await a.texts()).toEqual(['one', 'two']);
      expect(await b.texts()).toEqual(['one', 'two']);
      const kinds = [...(await a.messages()), ...(await b.messages())].map(({ body }) => body.kind);
      expect(kinds).not.toContain('unreadable');
      expect(a.disk.rows('SELECT 1 FROM outbox UNION ALL SELECT 1 FROM pending_commit')).toEqual([]);
    }
  });

  it('stops when the disk is full, and goes on where it was once there is room', async () => {
    const id = await a.meet(ben);
    a.disk.failAt(1, 'before');
    await expect(a.api.sendText(id, 'lost')).rejects.toThrow();
    expect(a.session).toEqual({ kind: 'stopped', reason: 'storageUnavailable' });
    await expect(a.api.sendText(id, 'not taken either')).rejects.toThrow();
    await a.restart();
    await a.api.sendText(id, 'kept');
    await b.shows(['kept']);
  });
});

describe('a server that sends what it should not', () => {
  const entriesIn = (frame: Uint8Array) => {
    const { kind } = answerOf(frame);
    if (kind.case !== 'push' || kind.value.kind.case !== 'entries') return null;
    return kind.value.kind.value;
  };
  const push = (entries: ReturnType<typeof entriesIn> & object): Uint8Array =>
    toBinary(
      ServerFrameSchema,
      create(ServerFrameSchema, {
        kind: { case: 'push', value: create(PushSchema, { kind: { case: 'entries', value: entries } }) },
      }),
    );

  it('shows each message once, in order, whatever is doubled or comes too early', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'zero');
    await b.shows(['zero']);
    let held: Uint8Array | null = null;
    b.toDevice = (frame) => {
      if (entriesIn(frame) === null) return [frame];
      if (held === null) {
        held = frame;
        return [];
      }
      const first = held;
      held = null;
      return [frame, frame, first, first];
    };
    const texts = ['zero'];
    for (let i = 1; i <= 6; i++) {
      texts.push(`text ${i}`);
      await a.api.sendText(id, `text ${i}`);
      await world.clock.pass(300);
    }
    b.toDevice = (frame) => [frame];
    await a.api.sendText(id, 'end');
    await b.shows([...texts, 'end']);
  });

  it('reads again from its own cursor where an entry is damaged, and in the end keeps it as unreadable', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'zero');
    await b.shows(['zero']);
    b.toDevice = (frame) => {
      const entries = entriesIn(frame);
      if (entries === null || entries.log?.kind !== LogKind.CONVERSATION) return [frame];
      return [
        push({
          ...entries,
          entries: entries.entries.map((bytes) =>
            fromBinary(EntrySchema, bytes).seq === 4n ? new Uint8Array([255, 255]) : bytes,
          ),
        }),
      ];
    };
    await world.clock.pass(2000);
    await a.api.sendText(id, 'damaged');
    await a.api.sendText(id, 'sound');
    await world.until(() => b.conversations[0]!.lastMessage?.body.kind === 'text', 'it goes on');
    let isThere = false;
    const look = async () => {
      isThere = (await b.messages()).some(
        ({ body }) => body.kind === 'unreadable' && body.reason === 'malformed',
      );
    };
    await world.until(() => {
      void look();
      return isThere && b.conversations[0]!.lastMessage?.body.kind === 'text';
    }, 'the damaged one is shown with its reason');
    expect((await b.texts()).at(-1)).toBe('sound');
  });

  it('keeps an altered message as unreadable, and shows what follows', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'zero');
    await b.shows(['zero']);
    let isAltered = false;
    b.toDevice = (frame) => {
      const entries = entriesIn(frame);
      if (entries === null || isAltered) return [frame];
      const altered = entries.entries.map((bytes) => {
        const entry = fromBinary(EntrySchema, bytes);
        if (entry.kind.case !== 'message') return bytes;
        isAltered = true;
        entry.kind.value.body[40]! ^= 1;
        return toBinary(EntrySchema, entry);
      });
      return [push({ ...entries, entries: altered })];
    };
    await a.api.sendText(id, 'altered');
    await a.api.sendText(id, 'sound');
    await b.shows(['zero', 'sound']);
    expect((await b.messages()).map(({ body }) => body.kind)).toContain('unreadable');
    expect(b.disk.rows('SELECT reason FROM unreadable')).toHaveLength(1);
    expect(b.conversations[0]!.state).toBe('ready');
  });

  it('outlives random frames, and what was sent meanwhile arrives', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'zero');
    await b.shows(['zero']);
    const samples = fc.sample(fc.uint8Array({ maxLength: 200 }), { numRuns: 60, seed: 7 });
    for (const [index, bytes] of samples.entries()) {
      b.toDevice = (frame) => {
        b.toDevice = (next) => [next];
        return index % 2 === 0 ? [bytes, frame] : [frame.subarray(0, frame.length >> 1), frame];
      };
      if (index % 10 === 0) await a.api.sendText(id, `text ${index}`);
      await world.clock.pass(200);
    }
    b.toDevice = (frame) => [frame];
    await b.shows(['zero', 'text 0', 'text 10', 'text 20', 'text 30', 'text 40', 'text 50']);
    expect(b.session.kind).toBe('signedIn');
  });

  it('takes a made-up entry of its own for what it is', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'zero');
    await b.shows(['zero']);
    if (b.session.kind !== 'signedIn') throw new Error('not signed in');
    const { accountId, deviceId } = b.session;
    let isDone = false;
    b.toDevice = (frame) => {
      const entries = entriesIn(frame);
      if (entries === null || isDone) return [frame];
      isDone = true;
      const forged = entries.entries.map((bytes) => {
        const entry = fromBinary(EntrySchema, bytes);
        entry.senderAccount = Uint8Array.fromHex(accountId);
        entry.senderDevice = Uint8Array.fromHex(deviceId);
        return toBinary(EntrySchema, entry);
      });
      return [push({ ...entries, entries: forged })];
    };
    await a.api.sendText(id, 'said to be by ben');
    await a.api.sendText(id, 'sound');
    await b.shows(['zero', 'sound']);
    expect(b.disk.rows('SELECT reason FROM unreadable')).toEqual([{ reason: 'own_message' }]);
  });
});

describe('a group that is damaged on disk', () => {
  it('rejoins by itself, says so, and goes on', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'before');
    await b.shows(['before']);
    await b.crash();
    b.disk.exec('UPDATE group_record SET value = zeroblob(10) WHERE section = 0');
    await a.api.sendText(id, 'missed');
    await b.start();
    await world.until(
      () => b.conversations[0]?.state === 'ready' && b.connection.kind === 'online',
      'it is back',
    );
    await a.api.sendText(id, 'after');
    // What the group could not open, history opens; receipts and commits of that time leave no line behind.
    await b.shows(['before', 'missed', 'after']);
    const bodies = (await b.messages()).map(({ body }) => body);
    expect(bodies).toContainEqual({ kind: 'notice', notice: { kind: 'healed' } });
    expect(bodies.map(({ kind }) => kind)).not.toContain('unreadable');
    await b.api.sendText(b.conversations[0]!.conversationId, 'answer');
    await a.shows(['before', 'missed', 'after', 'answer']);
  });
});

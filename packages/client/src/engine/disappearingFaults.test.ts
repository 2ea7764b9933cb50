/**
 * Disappearing messages where something comes between: lost answers, clocks that jump, a server that lies about the time or
 * gives nothing back (spec/disappearing.md).
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AppendRequestSchema,
  AuthenticateResponseSchema,
  LogKind,
  type Push,
  RequestSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageChanges } from '../api.ts';
import { annaAndBen } from '../testing/annaAndBen.ts';
import { lie } from '../testing/lies.ts';
import type { TestAccount, TestDevice, TestWorld } from '../testing/testWorld.ts';

const dayMs = 24 * 3_600_000;
let world: TestWorld;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  ({ world, ben, a, b } = await annaAndBen());
  await a.meet(ben);
  await say(a, 'before');
  await b.shows(['before']);
  await a.shows(['before']);
  await setTimer(30);
});

const only = (device: TestDevice) => device.conversations[0]!;
const idOf = (device: TestDevice) => only(device).conversationId;
const isLog = (push: Push): boolean =>
  push.kind.case === 'entries' && push.kind.value.log?.kind === LogKind.CONVERSATION;

async function say(device: TestDevice, text: string): Promise<void> {
  await device.api.sendText(idOf(device), text);
}

async function setTimer(seconds: number): Promise<void> {
  await a.api.setTimer(idOf(a), seconds);
  await world.until(
    () => [a, b].every((one) => only(one).timer.seconds === seconds),
    `the timer is ${seconds}`,
  );
}

async function look(device: TestDevice): Promise<void> {
  const last = (await device.messages()).findLast(({ order }) => order < 2 ** 40);
  await device.api.markRead(idOf(device), last?.order ?? 0);
}

const isOnDisk = (device: TestDevice, text: string): boolean =>
  Buffer.from(device.disk.serialize()).includes(Buffer.from(text));

async function kinds(device: TestDevice): Promise<string[]> {
  return (await device.messages()).map(({ body }) => (body.kind === 'notice' ? body.notice.kind : body.kind));
}

/** The log says nothing to the device any more; answers come. */
const silenceLog = (device: TestDevice): void => lie(device, { push: (push) => (isLog(push) ? null : push) });

async function hearAgain(device: TestDevice): Promise<void> {
  device.toDevice = (frame) => [frame];
  device.toServer = (frame) => [frame];
  device.breakConnection();
  await world.until(() => device.connection.kind !== 'online', 'the connection is gone');
  await device.online();
}

describe('a message that the server has taken', () => {
  it('runs down for its sender, though the log does not come back to it', async () => {
    silenceLog(a);
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await world.clock.pass(31_000);
    expect(await a.texts()).toEqual(['before']);
    expect(isOnDisk(a, 'secret')).toBe(false);
    await hearAgain(a);
    await say(a, 'after');
    await b.shows(['before', 'secret', 'after']);
    await a.shows(['before', 'after']);
    expect(await kinds(a)).not.toContain('unreadable');
  });

  it('takes with it what is on its way to it: that leaves no line', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    const { messageId } = (await b.messages()).at(-1)!;
    silenceLog(b);
    await b.api.react(idOf(b), messageId, '🦊');
    await world.clock.pass(31_000);
    expect(isOnDisk(b, '🦊')).toBe(false);
    await hearAgain(b);
    await say(a, 'after');
    await b.shows(['before', 'after']);
    expect(await kinds(b)).not.toContain('unreadable');
    expect(only(b).logForked).toBe(false);
  });

  it('is told anew where another quotes it', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    const { messageId } = (await b.messages()).at(-1)!;
    await setTimer(0);
    await b.api.sendMessage(idOf(b), { text: 'an answer', replyTo: messageId });
    await b.shows(['before', 'secret', 'an answer']);
    await world.until(() => only(b).lastMessage?.state === 'sent', 'it was sent');
    const told: MessageChanges[] = [];
    const stop = b.api.watch({ kind: 'messages', conversationId: idOf(b) }, (changes) => told.push(changes));
    await world.clock.pass(31_000);
    stop();
    const answers = told.flatMap(({ changed }) => changed).filter(({ body }) => body.kind === 'text');
    expect(answers.at(-1)?.body).toMatchObject({ text: 'an answer', replyTo: { kind: 'missing' } });
  });
});

describe('a timer', () => {
  it('that is taken back while it is on its way is not set', async () => {
    silenceLog(a);
    await a.api.setTimer(idOf(a), 0);
    await world.until(() => only(b).timer.seconds === 0, 'it is off');
    expect(only(a).timer.seconds).toBe(30);
    await a.api.setTimer(idOf(a), 30);
    await hearAgain(a);
    await world.until(() => only(a).timer.wanted === null, 'nothing is left to do');
    await world.until(() => [a, b].every((one) => only(one).timer.seconds === 30), 'it is on again');
  });
});

describe('time', () => {
  /** What the server says of the time from now on. */
  const serverSays = (device: TestDevice, timeMs: (trueMs: number) => number): void =>
    lie(device, {
      answer: (method, payload) => {
        if (method !== 'Authenticate') return payload;
        const response = fromBinary(AuthenticateResponseSchema, payload);
        response.serverTimeMs = BigInt(timeMs(Number(response.serverTimeMs)));
        return toBinary(AuthenticateResponseSchema, response);
      },
    });

  it('does not stand still for a server that always says the same', async () => {
    const saidMs = world.clock.now();
    serverSays(b, () => saidMs);
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    for (let turn = 0; turn < 8; turn++) {
      await world.clock.pass(5_000);
      b.breakConnection();
    }
    expect(await b.texts()).toEqual(['before']);
    expect(isOnDisk(b, 'secret')).toBe(false);
  });

  it('that a device took for later does not keep what was shown then', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    b.goOffline();
    b.clockErrorMs = 3 * dayMs;
    await look(b);
    b.goOnline();
    await world.until(() => b.connection.kind !== 'online', 'it is offline');
    await b.online();
    await world.clock.pass(31_000);
    expect(await b.texts()).toEqual(['before']);
    expect(isOnDisk(b, 'secret')).toBe(false);
  });

  it('of another device of the account, which is ahead, does not keep what that was shown', async () => {
    const second = await ben.addDevice();
    await second.online();
    await world.until(() => second.conversations[0]?.timer.seconds === 30, 'it is in the group');
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await world.until(() => second.conversations[0]?.lastMessage?.body.kind === 'text', 'it came');
    await second.shows(['before', 'secret']);
    b.clockErrorMs = 3 * dayMs;
    await look(b);
    await world.until(() => second.conversations[0]?.unreadCount === 0, 'it is read');
    await world.clock.pass(31_000);
    expect(await second.texts()).not.toContain('secret');
  });

  it('that is over hides what is not deleted yet: in its thread, and in its versions', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    const { messageId } = (await b.messages()).at(-1)!;
    expect(await b.api.readVersions(idOf(b), messageId)).toHaveLength(1);
    b.clockErrorMs = 31_000;
    expect(isOnDisk(b, 'secret')).toBe(true);
    expect(await b.texts()).toEqual(['before']);
    expect(await b.api.readVersions(idOf(b), messageId)).toEqual([]);
  });

  it('goes on for a device whose clock is set back again and again', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    for (let turn = 0; turn < 4; turn++) {
      await world.clock.pass(10_000);
      b.clockErrorMs -= dayMs;
    }
    expect(isOnDisk(b, 'secret')).toBe(false);
  });
});

describe('what is seen once', () => {
  it('takes with it what is done to it: none of that is kept for history', async () => {
    await setTimer(0);
    await say(a, 'caption');
    await b.shows(['before', 'caption']);
    await world.until(() => only(a).lastMessage?.state === 'sent', 'it was sent');
    a.disk.exec(
      `INSERT INTO attachment SELECT conversation, message_id, 0, 'photo', NULL, x'', 'opened' FROM message
       WHERE detail = 'caption'`,
    );
    const sent: { passing: boolean; isKept: boolean }[] = [];
    a.toServer = (frame) => {
      const { method, payload } = fromBinary(RequestSchema, frame);
      const { passing, kind } = fromBinary(
        AppendRequestSchema,
        method === 'Append' ? payload : new Uint8Array(0),
      );
      if (kind.case === 'message') sent.push({ passing, isKept: kind.value.kept !== undefined });
      return [frame];
    };
    const { messageId } = (await a.messages()).at(-1)!;
    await a.api.editMessage(idOf(a), messageId, 'caption, edited', []);
    await b.shows(['before', 'caption, edited']);
    expect(sent[0]).toEqual({ passing: true, isKept: false });
  });
});

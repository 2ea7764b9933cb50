/** History turned off and on again, for one conversation and for the account (spec/history.md, "History off"). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AppendRequestSchema,
  EntrySchema,
  KeptKeySchema,
  LogKind,
  RequestSchema,
  ServerFrameSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HistoryStateView, MessageBodyView } from '../api.ts';
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

const only = (device: TestDevice) => device.conversations[0]!.conversationId;

function historyOf(device: TestDevice, id = only(device)): HistoryStateView {
  let state: HistoryStateView | null = null;
  device.api.watch({ kind: 'conversation', conversationId: id }, (details) => {
    state = details?.history ?? null;
  })();
  if (state === null) throw new Error('The conversation is not known');
  return state;
}

/** What is said in a thread, notices by their kinds. */
async function thread(device: TestDevice, id = only(device)): Promise<string[]> {
  const read = await world.result(device.messages(id));
  if (!('value' in read)) throw read.error;
  return read.value.map(({ body }) => sentence(body));
}

function sentence(body: MessageBodyView): string {
  switch (body.kind) {
    case 'text':
      return body.text;
    case 'notice':
      return 'account' in body.notice
        ? `${body.notice.kind} ${body.notice.account.username}`
        : body.notice.kind;
    case 'deleted':
      return 'deleted';
    case 'call':
      return `call ${body.call.outcome}`;
    case 'groupCall':
      return 'group call';
    case 'unreadable':
      return `unreadable ${body.reason}`;
  }
}

async function say(device: TestDevice, text: string): Promise<void> {
  await device.api.sendText(only(device), text);
}

const isOff = (...devices: TestDevice[]) =>
  world.until(() => devices.every((device) => !historyOf(device).on), 'history is off');
const isOn = (...devices: TestDevice[]) =>
  world.until(() => devices.every((device) => historyOf(device).on), 'history is on');

async function begin(): Promise<void> {
  await a.meet(ben);
  await say(a, 'one');
  await b.shows(['one']);
  await a.shows(['one']);
}

describe('history turned off in a conversation', () => {
  beforeEach(begin);

  it('is said in the thread, and by whom in the details', async () => {
    expect(historyOf(a)).toEqual({ on: true, offBy: [], pending: null });
    await a.api.setConversationHistory(only(a), false);
    await isOff(a, b);
    expect(historyOf(b).offBy).toEqual([{ accountId: anna.accountId, username: 'anna' }]);
    expect(await thread(b)).toEqual(['conversationStarted', 'one', 'historyOff anna']);
    expect(await thread(a)).toEqual(['conversationStarted', 'one', 'historyOff anna']);
    expect(historyOf(a).pending).toBeNull();
  });

  it('keeps what is said from later devices, and says so; what is said once it is on again they have', async () => {
    await b.api.setConversationHistory(only(b), false);
    await isOff(a, b);
    await say(a, 'two');
    await say(b, 'three');
    await a.shows(['one', 'two', 'three']);
    await b.shows(['one', 'two', 'three']);
    const second = await anna.addDevice();
    await second.shows(['one']);
    await world.until(() => !historyOf(second).on, 'the second one knows');
    expect(await thread(second)).toEqual(['conversationStarted', 'one', 'historyGap']);

    await say(second, 'four');
    await b.shows(['one', 'two', 'three', 'four']);
    await b.api.setConversationHistory(only(b), true);
    await isOn(a, b, second);
    await say(a, 'five');
    await second.shows(['one', 'four', 'five']);
    await b.shows(['one', 'two', 'three', 'four', 'five']);
    const third = await anna.addDevice();
    await third.shows(['one', 'five']);
    expect(await thread(third)).toEqual(['conversationStarted', 'one', 'historyGap', 'five']);
  });

  it('leaves no key of it on any device, and none in keyrings', async () => {
    await a.api.setConversationHistory(only(a), false);
    await isOff(a, b);
    await say(a, 'two');
    await b.shows(['one', 'two']);
    const second = await anna.addDevice();
    await second.shows(['one']);
    await world.until(() => !historyOf(second).on, 'the second one is in');
    for (const device of [a, b, second]) {
      const [group] = device.disk.rows('SELECT epoch FROM group_state');
      const epochs = device.disk.rows(
        'SELECT epoch FROM epoch_key UNION SELECT epoch FROM deposit ORDER BY epoch',
      );
      expect(Math.max(...epochs.map(({ epoch }) => Number(epoch)))).toBe(1);
      expect(Number(group!.epoch)).toBeGreaterThan(1);
    }
  });

  it('is done before what is written after it, also where it was chosen offline', async () => {
    a.goOffline();
    await world.until(() => a.connection.kind === 'offline', 'offline');
    await a.api.setConversationHistory(only(a), false);
    await say(a, 'two');
    expect(historyOf(a)).toMatchObject({ on: true, pending: 'off' });
    a.goOnline();
    await b.shows(['one', 'two']);
    expect(await thread(b)).toEqual(['conversationStarted', 'one', 'historyOff anna', 'two']);
    const late = await ben.addDevice();
    await late.shows(['one']);
    expect(await thread(late)).toEqual(['conversationStarted', 'one', 'historyGap']);
  });

  it('by both at once comes to the same on all, and stays off until both have it on', async () => {
    await Promise.all([
      a.api.setConversationHistory(only(a), false),
      b.api.setConversationHistory(only(b), false),
    ]);
    await world.until(
      () => [a, b].every((device) => historyOf(device).offBy.length === 2),
      'both have turned it off',
    );
    expect(await thread(a)).toEqual(await thread(b));
    await a.api.setConversationHistory(only(a), true);
    await world.until(() => historyOf(b).offBy.length === 1, 'Anna has it on');
    expect((await thread(b)).at(-1)).toBe('historyStaysOff anna');
    expect(historyOf(a).on).toBe(false);
    await b.api.setConversationHistory(only(b), true);
    await isOn(a, b);
    expect((await thread(a)).at(-1)).toBe('historyOn ben');
  });

  it('and changed back before it was done leaves it on', async () => {
    a.goOffline();
    await world.until(() => a.connection.kind === 'offline', 'offline');
    await a.api.setConversationHistory(only(a), false);
    await a.api.setConversationHistory(only(a), true);
    a.goOnline();
    await say(a, 'two');
    await b.shows(['one', 'two']);
    await world.until(() => historyOf(a).pending === null, 'nothing is left to do');
    expect(await thread(b)).toEqual(['conversationStarted', 'one', 'two']);
  });

  it('survives a crash of the device that chose it', async () => {
    a.goOffline();
    await world.until(() => a.connection.kind === 'offline', 'offline');
    await a.api.setConversationHistory(only(a), false);
    await a.crash();
    a.goOnline();
    await a.start();
    await isOff(a, b);
  });
});

describe('history that is off', () => {
  beforeEach(async () => {
    await begin();
    await a.api.setConversationHistory(only(a), false);
    await isOff(a, b);
  });

  it('is one line on later devices, however much was said, and between what they can show', async () => {
    const lines = Array.from({ length: 70 }, (_, n) => `line ${n}`);
    for (const [n, line] of lines.entries()) await say(n % 2 === 0 ? a : b, line);
    await world.until(() => a.conversations[0]!.lastMessage!.state !== 'waiting', 'sent');
    await a.api.setConversationHistory(only(a), true);
    await isOn(a, b);
    await say(b, 'kept');
    await a.api.setConversationHistory(only(a), false);
    await isOff(a, b);
    await say(b, 'not kept');
    await world.until(() => b.conversations[0]!.lastMessage!.state !== 'waiting', 'sent');
    const late = await ben.addDevice();
    await late.shows(['one', 'kept']);
    expect(await thread(late)).toEqual(['conversationStarted', 'one', 'historyGap', 'kept', 'historyGap']);
    expect(late.conversations[0]!.lastMessage!.body).toEqual({
      kind: 'notice',
      notice: { kind: 'historyGap' },
    });
  });

  it('is not harmed by a member that sends a kept wrap all the same', async () => {
    b.toServer = (bytes) => {
      const request = fromBinary(RequestSchema, bytes);
      if (request.method !== 'Append') return [bytes];
      const append = fromBinary(AppendRequestSchema, request.payload);
      if (append.kind.case !== 'message') return [bytes];
      append.kind.value.kept = create(KeptKeySchema, {
        nonce: new Uint8Array(24).fill(1),
        sealed: new Uint8Array(48).fill(2),
      });
      request.payload = toBinary(AppendRequestSchema, append);
      return [toBinary(RequestSchema, request)];
    };
    await say(b, 'kept all the same');
    await a.shows(['one', 'kept all the same']);
    b.toServer = (bytes) => [bytes];
    await say(a, 'not kept');
    await b.shows(['one', 'kept all the same', 'not kept']);
    expect(a.disk.rows('SELECT epoch FROM epoch_key WHERE epoch > 1')).toEqual([]);
    const late = await anna.addDevice();
    await late.shows(['one']);
    expect(await thread(late)).toEqual([
      'conversationStarted',
      'one',
      'unreadable history_key_missing',
      'historyGap',
    ]);
    await say(late, 'on it goes');
    await b.shows(['one', 'kept all the same', 'not kept', 'on it goes']);
  });

  it('is turned off again where a device has to rejoin on a policy that it did not see come', async () => {
    const second = await anna.addDevice();
    await second.shows(['one']);
    await world.until(() => !historyOf(second).on, 'the second one is in');
    // Nothing that the account's other devices say of it arrives.
    a.toServer = (bytes) => (fromBinary(RequestSchema, bytes).method.endsWith('AccountItems') ? [] : [bytes]);
    const isCommit = (bytes: Uint8Array) => fromBinary(EntrySchema, bytes).kind.case === 'commit';
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case !== 'push') return [bytes];
      const { kind } = frame.kind.value;
      if (kind.case !== 'entries' || kind.value.log?.kind !== LogKind.CONVERSATION) return [bytes];
      if (!kind.value.entries.some(isCommit)) return [bytes];
      kind.value.entries = kind.value.entries.map((entry) => {
        const decoded = fromBinary(EntrySchema, entry);
        if (decoded.kind.case !== 'commit') return entry;
        decoded.kind.value.commit = decoded.kind.value.commit.map((byte, at) => (at > 60 ? byte ^ 1 : byte));
        return toBinary(EntrySchema, decoded);
      });
      a.toDevice = (same) => [same];
      return [toBinary(ServerFrameSchema, frame)];
    };
    await second.api.setConversationHistory(only(second), true);
    await isOn(b);
    await isOff(a, b, second);
    expect(historyOf(b).offBy).toEqual([{ accountId: anna.accountId, username: 'anna' }]);
  });
});

describe('the account’s choice', () => {
  it('is put into all conversations, those there are and those to come', async () => {
    const carl = await world.addAccount('carl');
    const c = await carl.addDevice();
    await c.online();
    await begin();
    await a.api.setAccountHistory(false);
    await isOff(a, b);
    // Begun by others, and by oneself.
    await c.meet(anna);
    await say(c, 'from Carl');
    await world.until(() => a.conversations.length === 2, 'two conversations');
    await isOff(c);
    const notes = await a.meet(anna);
    await a.api.sendText(notes, 'a note');
    await world.until(() => !historyOf(a, notes).on, 'notes without history');
    expect(await thread(a, notes)).toEqual(['startedWithoutHistory anna', 'a note']);
  });

  it('reaches other devices of the account, which do what is left', async () => {
    await begin();
    const second = await anna.addDevice();
    await second.shows(['one']);
    second.goOffline();
    await a.api.setAccountHistory(false);
    await isOff(b);
    await a.crash();
    second.goOnline();
    await second.online();
    const dora = await world.addAccount('dora');
    const d = await dora.addDevice();
    await d.online();
    await d.meet(anna);
    await say(d, 'hello');
    await isOff(d);
    let choice = { on: true, pendingCount: 0 };
    second.api.watch({ kind: 'historyChoice' }, (value) => {
      choice = { ...value };
    });
    await world.until(() => !choice.on && choice.pendingCount === 0, 'the second device knows');
  });

  it('gives way to what is chosen later for one conversation, on later devices too', async () => {
    await begin();
    await a.api.setAccountHistory(false);
    await isOff(a, b);
    await a.api.setConversationHistory(only(a), true);
    await isOn(a, b);
    await say(b, 'two');
    const late = await anna.addDevice();
    await late.shows(['one', 'two']);
    await late.api.sendText(only(late), 'three');
    await b.shows(['one', 'two', 'three']);
    expect(historyOf(b).on).toBe(true);
    expect(historyOf(late)).toEqual({ on: true, offBy: [], pending: null });
    await late.api.setAccountHistory(false);
    await isOff(a, b, late);
    await a.api.setAccountHistory(true);
    await isOn(a, b, late);
  });
});

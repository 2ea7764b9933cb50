/** What a server that lies, and an account that works with it, cannot bring a device to do (spec/threat-model.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type ConversationId,
  CreateConversationResponseSchema,
  EntrySchema,
  ErrorSchema,
  idToBytes,
  ListConversationsResponseSchema,
  LogKind,
  RequestSchema,
  ServerFrameSchema,
  SubscribeResponseSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { lie } from '../testing/lies.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let mallory: TestAccount;
let a: TestDevice;
let b: TestDevice;
let m: TestDevice;

/** The log of the conversation that `device` is in with this account. */
function logOf(device: TestDevice, peer: TestAccount): ConversationId {
  const [row] = device.disk.rows(`SELECT log_id FROM conversation WHERE peer_id = '${peer.accountId}'`);
  return row?.log_id as ConversationId;
}

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  mallory = await world.addAccount('mallory');
  a = await anna.addDevice();
  b = await ben.addDevice();
  m = await mallory.addDevice();
  for (const device of [a, b, m]) await device.online();
});

describe('a server that gives one account the place of another', () => {
  it('does not get what was written to somebody else by naming another conversation as the existing one', async () => {
    await a.find(ben);
    let conversation: ConversationId | null = null;
    lie(a, {
      answer(method, payload) {
        switch (method) {
          case 'ListConversations':
            return toBinary(ListConversationsResponseSchema, create(ListConversationsResponseSchema, {}));
          case 'Subscribe': {
            const answer = fromBinary(SubscribeResponseSchema, payload);
            for (const head of answer.heads) head.seq = 0n;
            return toBinary(SubscribeResponseSchema, answer);
          }
          case 'CreateConversation':
            return toBinary(
              CreateConversationResponseSchema,
              create(CreateConversationResponseSchema, {
                conversationId: idToBytes(conversation!),
                existed: true,
              }),
            );
          default:
            return payload;
        }
      },
      push(push) {
        const isInbox = push.kind.case === 'entries' && push.kind.value.log?.kind === LogKind.INBOX;
        return isInbox || push.kind.case === 'conversationCreated' ? null : push;
      },
    });
    const forMallory = await m.meet(anna);
    await world.until(() => m.conversations[0]?.state === 'ready', 'mallory has a conversation with anna');
    conversation = logOf(m, anna);
    const id = await a.open(ben);
    await a.api.sendText(id, 'for ben only');
    let isTried = false;
    world.clock.schedule(30_000, () => {
      isTried = true;
    });
    await world.until(() => isTried, 'time passes');
    expect(await m.texts(forMallory)).toEqual([]);
    expect(a.conversations.map(({ title }) => title)).toEqual(['ben']);
    expect((await a.messages(id)).find(({ mine }) => mine)?.state).toBe('waiting');
  });

  it('does not get it by a false list and the Welcome of another either', async () => {
    await a.find(ben);
    const swapped = (bytes: Uint8Array) => {
      const answer = fromBinary(ListConversationsResponseSchema, bytes);
      for (const summary of answer.conversations) {
        summary.accountIds = [anna, ben].map(({ accountId }) => idToBytes(accountId));
      }
      return toBinary(ListConversationsResponseSchema, answer);
    };
    lie(a, {
      drops: (method) => method === 'ClaimKeyPackages',
      answer: (method, payload) => (method === 'ListConversations' ? swapped(payload) : payload),
    });
    const id = await a.open(ben);
    await a.api.sendText(id, 'for ben only');
    a.goOffline();
    const forMallory = await m.meet(anna);
    await m.api.sendText(forMallory, 'hello');
    await world.until(() => m.disk.rows('SELECT 1 FROM outbox').length === 0, 'mallory has written');
    a.goOnline();
    await world.until(() => a.conversations.length === 2, 'the other conversation is one of its own');
    const titles = new Map(a.conversations.map(({ conversationId, title }) => [conversationId, title]));
    expect(titles.get(id)).toBe('ben');
    await a.shows(['hello'], a.conversations.find(({ title }) => title === 'mallory')!.conversationId);
    expect(await a.texts(id)).toEqual(['for ben only']);
    expect(await m.texts(forMallory)).toEqual(['hello']);
  });
});

describe('a server that answers what cannot be', () => {
  /** Lets `ms` pass. */
  async function pass(ms: number): Promise<void> {
    let isOver = false;
    world.clock.schedule(ms, () => {
      isOver = true;
    });
    await world.until(() => isOver, 'time passes', ms + 1000);
  }

  it('does not get a signature for another server, nor trip a device with a malformed challenge', async () => {
    const methods: string[] = [];
    a.goOffline();
    a.toServer = (bytes) => {
      methods.push(fromBinary(RequestSchema, bytes).method);
      return [bytes];
    };
    let tries = 0;
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case === 'challenge') {
        tries += 1;
        if (tries % 2 === 1) frame.kind.value.nonce = new Uint8Array(5);
        else frame.kind.value.serverId = new Uint8Array(16).fill(9);
      }
      return [toBinary(ServerFrameSchema, frame)];
    };
    a.goOnline();
    await world.until(() => tries >= 4, 'it tries again', 120_000);
    expect(methods).not.toContain('Authenticate');
    a.toDevice = (bytes) => [bytes];
    await a.online();
  });

  it('does not stop a device by a place in the log that belongs to what waits', async () => {
    const id = await (async () => {
      await a.find(ben);
      lie(a, {
        answer(method, payload) {
          if (method !== 'CreateConversation') return payload;
          const answer = fromBinary(CreateConversationResponseSchema, payload);
          answer.seq = 2n ** 40n + 1n;
          answer.acceptedAtMs = 2n ** 63n;
          return toBinary(CreateConversationResponseSchema, answer);
        },
      });
      return a.open(ben);
    })();
    await a.api.sendText(id, 'hello');
    await pass(30_000);
    expect(a.session.kind).toBe('signedIn');
    lie(a, {});
    a.breakConnection();
    await b.shows(['hello']);
  });

  it('does not stop a device by a Welcome under the id of a message', async () => {
    await a.find(ben);
    lie(a, { drops: (method) => method === 'ClaimKeyPackages' });
    const id = await a.open(ben);
    const sent = await a.api.sendText(id, 'hello');
    const taken = idToBytes(sent.kind === 'ok' ? sent.value : id);
    a.goOffline();
    await b.meet(anna);
    await world.until(() => b.conversations[0]?.state === 'ready', 'ben has begun');
    lie(a, {
      push(push) {
        if (push.kind.case !== 'entries') return push;
        push.kind.value.entries = push.kind.value.entries.map((bytes) => {
          const entry = fromBinary(EntrySchema, bytes);
          if (entry.kind.case === 'welcome') entry.transactionId = taken;
          return toBinary(EntrySchema, entry);
        });
        return push;
      },
    });
    a.goOnline();
    await b.shows(['hello']);
    expect(a.session.kind).toBe('signedIn');
  });
});

describe('a server that repeats', () => {
  it('has no signal taken twice', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'hello');
    await b.shows(['hello']);
    const signals: Uint8Array[] = [];
    let repeats = false;
    b.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      const isSignal = frame.kind.case === 'push' && frame.kind.value.kind.case === 'signal';
      if (isSignal) signals.push(bytes);
      return repeats ? [bytes, ...signals] : [bytes];
    };
    await a.api.setTyping(id, true);
    await world.until(() => b.conversations[0]!.typing, 'typing');
    await world.until(() => !b.conversations[0]!.typing, 'no longer typing');
    repeats = true;
    let seen = false;
    const stop = b.api.watch({ kind: 'conversations' }, ([conversation]) => {
      if (conversation?.typing === true) seen = true;
    });
    // Whatever the server sends next brings the old signals along.
    await b.api.sendText(b.conversations[0]!.conversationId, 'and you');
    await a.shows(['hello', 'and you']);
    await b.shows(['hello', 'and you']);
    expect(signals).toHaveLength(1);
    stop();
    expect(seen).toBe(false);
  });

  it('a refusal that makes no sense, is not asked again and again', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'hello');
    await b.shows(['hello']);
    let appends = 0;
    const ids = new Set<number>();
    a.toServer = (bytes) => {
      const request = fromBinary(RequestSchema, bytes);
      if (request.method === 'Append') {
        appends += 1;
        ids.add(request.id);
      }
      return [bytes];
    };
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case === 'push') return [];
      if (frame.kind.case === 'response' && ids.has(frame.kind.value.id)) {
        const error = create(ErrorSchema, { code: 'stale_epoch', epoch: 1n });
        frame.kind.value.result = { case: 'error', value: error };
      }
      return [toBinary(ServerFrameSchema, frame)];
    };
    await a.api.sendText(id, 'again');
    let isOver = false;
    world.clock.schedule(20_000, () => {
      isOver = true;
    });
    await world.until(() => isOver, 'time passes', 30_000);
    expect(appends).toBeGreaterThan(1);
    expect(appends).toBeLessThan(15);
  });
});

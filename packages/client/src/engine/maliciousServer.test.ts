/** What a server that lies, and an account that works with it, cannot bring a device to do (spec/threat-model.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type ConversationId,
  CreateConversationResponseSchema,
  EntrySchema,
  idToBytes,
  ListConversationsResponseSchema,
  LogKind,
  type Push,
  RequestSchema,
  ServerFrameSchema,
  SubscribeResponseSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let mallory: TestAccount;
let a: TestDevice;
let b: TestDevice;
let m: TestDevice;

/** What the server makes of answers (by method) and pushes on their way to a device. Null: withheld. */
interface Lies {
  readonly answer?: (method: string, payload: Uint8Array) => Uint8Array;
  readonly push?: (push: Push) => Push | null;
  /** Requests that never arrive. */
  readonly drops?: (method: string) => boolean;
}

function lie(device: TestDevice, lies: Lies): void {
  const methods = new Map<number, string>();
  device.toServer = (bytes) => {
    const { id, method } = fromBinary(RequestSchema, bytes);
    methods.set(id, method);
    return lies.drops?.(method) === true ? [] : [bytes];
  };
  device.toDevice = (bytes) => {
    const frame = fromBinary(ServerFrameSchema, bytes);
    if (frame.kind.case === 'response' && frame.kind.value.result.case === 'payload') {
      const { result } = frame.kind.value;
      const method = methods.get(frame.kind.value.id) ?? '';
      result.value = lies.answer?.(method, result.value) ?? result.value;
    } else if (frame.kind.case === 'push') {
      const push = (lies.push ?? ((same) => same))(frame.kind.value);
      if (push === null) return [];
      frame.kind.value = push;
    }
    return [toBinary(ServerFrameSchema, frame)];
  };
}

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
    expect(methods).toEqual([]);
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

/** What a server that lies, and an account that works with it, cannot bring a device to do (spec/threat-model.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createAccountSecrets, createChain, createDevice, extendChain } from '@sotto/crypto';
import {
  type AccountId,
  type ChainEntry,
  type ConversationId,
  CreateConversationResponseSchema,
  EntrySchema,
  ErrorSchema,
  FindAccountResponseSchema,
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

describe('a server that passes one account off as another', () => {
  const invitation = async () => {
    const made = await world.result(b.api.createInvite());
    if (!('value' in made) || made.value.kind !== 'ok') throw new Error('no invite');
    return made.value.value.invite;
  };
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    const result = await world.result(work);
    if ('error' in result) throw result.error;
    return result.value;
  };
  const keysInvalid = { kind: 'problem', problem: { kind: 'keysInvalid' } };

  it('does not lead an invite to anybody but who made it', async () => {
    const invite = await invitation();
    expect(await settled(a.api.openDirectConversation(mallory.accountId, invite))).toEqual(keysInvalid);
    expect(a.disk.rows(`SELECT 1 FROM account WHERE account_id = '${mallory.accountId}'`)).toEqual([]);
    expect(await settled(a.api.openDirectConversation(ben.accountId, invite))).toMatchObject({ kind: 'ok' });
    // Also where the account is known already.
    await m.find(anna);
    expect(await settled(m.api.openDirectConversation(anna.accountId, invite))).toEqual(keysInvalid);
    expect(m.conversations).toEqual([]);
  });

  it('does not put keys of its own behind the account id of an invite', async () => {
    const invite = await invitation();
    const { provider } = world;
    const { secrets, historyPublicKey } = await createAccountSecrets(provider);
    const { deviceId, signingKey } = await createDevice(provider);
    const { entry } = await createChain(provider, {
      accountId: ben.accountId,
      identitySeed: secrets.identitySeed,
      historyPublicKey,
      device: { deviceId, signatureKey: signingKey.publicKey, notAfterMs: null },
      nowMs: world.clock.now(),
    });
    lie(a, {
      answer(method, payload) {
        if (method !== 'FindAccount') return payload;
        const answer = fromBinary(FindAccountResponseSchema, payload);
        answer.chain = [entry];
        return toBinary(FindAccountResponseSchema, answer);
      },
    });
    expect(await settled(a.api.openDirectConversation(ben.accountId, invite))).toEqual(keysInvalid);
    lie(a, {});
    expect(await settled(a.api.openDirectConversation(ben.accountId, invite))).toMatchObject({ kind: 'ok' });
  });

  it('does not give the name of a known account to another, or a known account another name', async () => {
    const named = (username: string) =>
      lie(a, {
        answer(method, payload) {
          if (method !== 'FindAccount') return payload;
          const answer = fromBinary(FindAccountResponseSchema, payload);
          answer.username = username;
          return toBinary(FindAccountResponseSchema, answer);
        },
      });
    let benChain: ChainEntry[] = [];
    lie(a, {
      answer(method, payload) {
        if (method === 'FindAccount') benChain = fromBinary(FindAccountResponseSchema, payload).chain;
        return payload;
      },
    });
    await a.find(ben);
    named('ben');
    expect(await settled(a.api.openDirectConversation(mallory.accountId))).toEqual(keysInvalid);
    // Asked for another name, it answers with Ben under that.
    lie(a, {
      answer(method, payload) {
        if (method !== 'FindAccount') return payload;
        const answer = fromBinary(FindAccountResponseSchema, payload);
        answer.accountId = idToBytes(ben.accountId);
        answer.chain = benChain;
        return toBinary(FindAccountResponseSchema, answer);
      },
    });
    expect(await settled(a.api.findAccount('mallory'))).toEqual(keysInvalid);
    expect(a.disk.rows('SELECT username FROM account').map((row) => row.username)).not.toContain('mallory');
  });

  it('does not replace at once what it showed first', async () => {
    const { provider } = world;
    const accountId = provider.randomBytes(16).toHex() as AccountId;
    const chains: ChainEntry[][] = [];
    for (const length of [1, 2]) {
      const { secrets, historyPublicKey } = await createAccountSecrets(provider);
      const device = async () => {
        const { deviceId, signingKey } = await createDevice(provider);
        return { deviceId, signatureKey: signingKey.publicKey, notAfterMs: null };
      };
      const { identitySeed } = secrets;
      const nowMs = world.clock.now();
      const first = await createChain(provider, {
        accountId,
        identitySeed,
        historyPublicKey,
        device: await device(),
        nowMs,
      });
      const second = await extendChain(provider, {
        identitySeed,
        chain: first.chain,
        change: { kind: 'addDevice', device: await device() },
        nowMs,
      });
      if (second.kind === 'refused') throw new Error(second.reason);
      chains.push([first.entry, second.entry].slice(0, length));
    }
    lie(a, {
      answer(method, payload) {
        if (method !== 'FindAccount') return payload;
        const chain = chains.shift() ?? [];
        const answer = { accountId: idToBytes(accountId), username: 'ben', chain };
        return toBinary(FindAccountResponseSchema, create(FindAccountResponseSchema, answer));
      },
    });
    const both = Promise.all([a.api.findAccount('ben'), a.api.findAccount('ben')]);
    const kinds = (await settled(both)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['ok', 'problem']);
  });
});

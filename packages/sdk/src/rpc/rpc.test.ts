import { type MessageView, plainText, type SottoApi, untouched } from '@sotto/client/api';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStoppedApi } from '../stoppedApi.ts';
import type { ToLeader, ToPage } from './messages.ts';
import { CallFailed, createRpcClient } from './rpcClient.ts';
import { createRpcServer, type RpcServer } from './rpcServer.ts';

const pageId = '00000000-0000-4000-8000-000000000001';
const conversationId = 'ab'.repeat(16) as ConversationId;
const messageId = 'cd'.repeat(16) as TransactionId;

/** A page, and leaders that come and go. Messages are cloned as between threads; without a leader they are lost. */
function createTabs() {
  let server: RpcServer | null = null;
  const toLeader: ToLeader[] = [];
  const client = createRpcClient(pageId, (message) => {
    toLeader.push(message);
    server?.receive(structuredClone(message));
  });
  const met: string[] = [];
  const faults: unknown[] = [];
  return {
    client,
    api: client.api,
    toLeader,
    met,
    faults,
    lead(api: Partial<SottoApi>): RpcServer {
      let isLeading = true;
      const posted = (_page: string, message: ToPage): void => {
        if (isLeading) client.receive(structuredClone(message));
      };
      const own = createRpcServer({
        api: { ...createStoppedApi('storageUnavailable'), ...api },
        post: posted,
        met: (page) => met.push(page),
        faulted: (error) => faults.push(error),
      });
      server = {
        receive: own.receive,
        forget: own.forget,
      };
      client.leaderChanged();
      const leading = server;
      return {
        ...leading,
        forget(page) {
          isLeading = false;
          if (server === leading) server = null;
          own.forget(page);
        },
      };
    },
  };
}

const never = () => new Promise<never>(() => {});

describe('calls', () => {
  it('wait for a leader, and bring back what the engine answers', async () => {
    const tabs = createTabs();
    const found = tabs.api.findAccount('mira');
    expect(tabs.toLeader).toEqual([]);
    tabs.lead({ findAccount: async () => ({ kind: 'problem', problem: { kind: 'unknownAccount' } }) });
    expect(await found).toEqual({ kind: 'problem', problem: { kind: 'unknownAccount' } });
    expect(tabs.met).toEqual([pageId]);
  });

  it('fail where the engine throws, without its words', async () => {
    const tabs = createTabs();
    const fault = new Error('a secret of the engine');
    tabs.lead({
      readDraft: async () => {
        throw fault;
      },
    });
    await expect(tabs.api.readDraft(conversationId)).rejects.toThrow(new CallFailed('failed'));
    expect(tabs.faults).toEqual([fault]);
  });

  it('send a text once in effect when the leader goes before it answers', async () => {
    const tabs = createTabs();
    const stored = new Map<TransactionId, string>();
    const store = (text: string, id: TransactionId | undefined) => {
      if (id !== undefined) stored.set(id, text);
    };
    const first = tabs.lead({
      sendText: (_conversation, text, id) => {
        store(text, id);
        return never();
      },
    });
    const sending = tabs.api.sendText(conversationId, 'once');
    first.forget(pageId);
    tabs.lead({
      sendText: async (_conversation, text, id) => {
        store(text, id);
        return { kind: 'ok', value: id ?? messageId };
      },
    });
    const outcome = await sending;
    expect([...stored.values()]).toEqual(['once']);
    expect(outcome).toEqual({ kind: 'ok', value: [...stored.keys()][0] });
  });

  it('forward once in effect when the leader goes before it answers', async () => {
    const tabs = createTabs();
    const ids: unknown[] = [];
    const first = tabs.lead({
      forwardMessages: (_conversation, _messages, _to, forwardId) => {
        ids.push(forwardId);
        return never();
      },
    });
    const forwarding = tabs.api.forwardMessages(conversationId, [messageId], [conversationId]);
    first.forget(pageId);
    tabs.lead({
      forwardMessages: async (_conversation, _messages, _to, forwardId) => {
        ids.push(forwardId);
        return { kind: 'ok', value: null };
      },
    });
    expect(await forwarding).toEqual({ kind: 'ok', value: null });
    expect(ids).toEqual([ids[0], ids[0]]);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('say that a registration or sign-in was interrupted, and never repeat it', async () => {
    const tabs = createTabs();
    const first = tabs.lead({ register: never, signIn: never });
    const registering = tabs.api.register({ username: 'mira', password: 'a long password' });
    const signingIn = tabs.api.signIn({ username: 'mira', password: 'a long password' });
    first.forget(pageId);
    let repeated = 0;
    const count = () => {
      repeated++;
      return never();
    };
    tabs.lead({ register: count, signIn: count });
    expect(await registering).toEqual({ kind: 'problem', problem: { kind: 'interrupted' } });
    expect(await signingIn).toEqual({ kind: 'problem', problem: { kind: 'interrupted' } });
    expect(repeated).toBe(0);
  });
});

describe('watches', () => {
  it('go on over a change of leader and end when they are stopped', () => {
    const tabs = createTabs();
    const seen: unknown[] = [];
    const stop = tabs.api.watch({ kind: 'session' }, (session) => seen.push(session.kind));
    let stopped = 0;
    const watch: SottoApi['watch'] = (_view, listener) => {
      const session = { kind: 'signedOut', lastUsername: null };
      (listener as (value: unknown) => void)(session);
      return () => stopped++;
    };
    const first = tabs.lead({ watch });
    first.forget(pageId);
    expect(stopped).toBe(1);
    tabs.lead({ watch });
    expect(seen).toEqual(['signedOut', 'signedOut']);
    stop();
    expect(stopped).toBe(2);
  });

  it('of messages bring what a leader that is gone did not tell', async () => {
    const tabs = createTabs();
    const message: MessageView = {
      messageId,
      conversationId,
      order: 4,
      sender: { accountId: 'ef'.repeat(16) as MessageView['sender']['accountId'], username: 'tomas' },
      mine: false,
      sentAtMs: 1,
      state: 'received',
      body: { kind: 'text', text: 'while nobody led', ...plainText },
      ...untouched,
    };
    const missed = new Promise((resolve) => {
      tabs.api.watch({ kind: 'messages', conversationId }, (changes) => {
        if (changes.changed.length > 0) resolve(changes);
      });
    });
    tabs.lead({}).forget(pageId);
    tabs.lead({ readMessages: async () => ({ messages: [message], hasOlder: false, hasNewer: false }) });
    expect(await missed).toEqual({ changed: [message], removed: [] });
  });
});

describe('bad input', () => {
  const received = (message: unknown): ToPage[] => {
    const posts: ToPage[] = [];
    createRpcServer({
      api: createStoppedApi('storageUnavailable'),
      post: (_page, answer) => posts.push(answer),
      met: () => {},
      faulted: () => {},
    }).receive(message);
    return posts;
  };
  const call = { pageId, id: 1, kind: 'call' };
  const refused = [{ kind: 'failure', id: 1, reason: 'malformed' }];

  it.each<[string, object]>([
    ['an unknown command', { ...call, command: 'exportKeys', arguments: [] }],
    ['a name of every object', { ...call, command: 'constructor', arguments: [] }],
    ['watch as a command', { ...call, command: 'watch', arguments: [{ kind: 'session' }] }],
    ['arguments that are no list', { ...call, command: 'signOut', arguments: 'none' }],
    ['too many arguments', { ...call, command: 'signOut', arguments: [1] }],
    ['a missing argument', { ...call, command: 'findAccount', arguments: [] }],
    ['an argument of another type', { ...call, command: 'findAccount', arguments: [{ toString: 'x' }] }],
    ['an id that is none', { ...call, command: 'readDraft', arguments: ["' OR 1=1 --"] }],
    [
      'an unknown member',
      { ...call, command: 'signIn', arguments: [{ username: 'a', password: 'b', role: 'c' }] },
    ],
    ['a page without end', { ...call, command: 'readMessages', arguments: [{ conversationId, limit: 1e9 }] }],
    ['an order that is no number', { ...call, command: 'markRead', arguments: [conversationId, Number.NaN] }],
    ['an unknown view', { pageId, id: 1, kind: 'watch', view: { kind: 'keys' } }],
    ['a view without its query', { pageId, id: 1, kind: 'watch', view: { kind: 'messages' } }],
    ['an unknown kind', { pageId, id: 1, kind: 'eval' }],
  ])('%s is refused', (_name, message) => {
    expect(received(message)).toEqual(refused);
  });

  it('that nobody can be told of is dropped', () => {
    for (const message of [null, 1, 'x', [], {}, { pageId: 'nobody', id: 1 }, { pageId, id: -1 }]) {
      expect(received(message)).toEqual([]);
    }
  });

  it('of any shape never throws at either end', () => {
    const { client } = createTabs();
    fc.assert(
      fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (anything, members) => {
        received(anything);
        received({ pageId, id: 1, ...members });
        client.receive(anything);
        client.receive({ id: 1, ...members });
      }),
    );
  });
});

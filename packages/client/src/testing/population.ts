/**
 * For measuring: an account with a long history on a server, made as devices make it (real sign-in, groups, messages
 * and deposits) and written straight into the server's database. Invariant: what a device reads from it, it verifies.
 */
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  type ConversationGroup,
  createDeposit,
  historyKeyOf,
  importDevice,
  protectMessage,
  stageCommit,
  type VerifiedChain,
  verifyChain,
} from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import {
  type AccountId,
  ChainEntrySchema,
  type ConversationId,
  idToBytes,
  type TransactionId,
} from '@sotto/protocol';
import { DeliveryService, openDatabase, SqliteStore, systemClock, unlimitedRates } from '@sotto/server';
import { readDevice } from '../account/deviceTable.ts';
import { migrate } from '../database/migrate.ts';
import { readStoredChain } from '../directory/chainTable.ts';
import { encodeText } from '../messages/content.ts';
import type { Platform } from '../ports.ts';
import { register } from '../signIn/register.ts';
import { decodeEntry } from '../sync/entry.ts';
import { TestDisk } from './faultyDatabase.ts';
import { accepted, contextOf, createPair, createPerson, directoryOf, type Person } from './people.ts';

export const populationUser = { username: 'anna', password: 'ample copper window quilt river' } as const;

const provider = await loadNodeProvider();
/** Messages sealed before they are appended together. */
const batchSize = 250;
const minuteMs = 60_000;

interface Conversation {
  readonly conversationId: ConversationId;
  readonly peer: Person;
  /** As the peer's device has it. */
  group: ConversationGroup;
  /** As the account's first device has it; null once its database is gone with it. */
  ownGroup: ConversationGroup | null;
  cursor: number;
  newestText: string;
}

/** The account of `populationUser`, with one other account in each of its conversations. */
export class Population {
  readonly #folder: string;
  readonly #own: Person;
  readonly #conversations: Conversation[] = [];
  #written = 0;

  private constructor(folder: string, own: Person) {
    this.#folder = folder;
    this.#own = own;
  }

  /** In a new server database in `folder`, where no server is running. */
  static async create(folder: string, conversations: number): Promise<Population> {
    return withStore(folder, async (store) => {
      const population = new Population(folder, await registerUser(store));
      for (let n = 0; n < conversations; n++) {
        const peer = await addPerson(store, `peer${n}`);
        population.#conversations.push(await population.#converse(store, peer));
      }
      return population;
    });
  }

  /** Written so far. */
  get messages(): number {
    return this.#written;
  }

  /**
   * Both sides write in turn, `perConversation` messages in each of the first `conversations`; once another device of
   * the account has joined, only the other side does. No server is running meanwhile. Gives the newest text of each.
   */
  async write(perConversation: number, conversations = this.#conversations.length): Promise<string[]> {
    const written = this.#conversations.slice(0, conversations);
    await withStore(this.#folder, async (store) => {
      for (const conversation of written) {
        await this.#follow(store, conversation);
        await this.#writeIn(store, conversation, perConversation);
      }
    });
    return written.map(({ newestText }) => newestText);
  }

  async #converse(store: SqliteStore, peer: Person): Promise<Conversation> {
    const own = this.#own;
    const { created, groups } = await createPair(provider, own, peer);
    const { append, next } = created;
    const { conversationId } = next;
    const key = { conversationId, epoch: next.epoch, historyKey: historyKeyOf(next) };
    const outcome = await store.createConversation({
      conversationId,
      sender: own.self,
      transactionId: provider.randomBytes(16),
      nowMs: this.#nowMs(),
      directAccountIds: next.policy.accountIds,
      commit: {
        ...append,
        accountsAdded: [],
        accountsRemoved: [],
        note: new Uint8Array(0),
        welcomeEnd: new Uint8Array(0),
        deposits: await Promise.all(
          [own, peer].map(async ({ self, chain }) => ({
            accountId: self.accountId,
            deposit: {
              ...(await createDeposit(provider, own.self, key, chain)),
              conversationId: idToBytes(conversationId),
            },
          })),
        ),
      },
    });
    if (outcome.kind === 'refused') throw new Error(outcome.error.code);
    return {
      conversationId,
      peer,
      group: groups[1],
      ownGroup: groups[0],
      cursor: outcome.value.seq,
      newestText: '',
    };
  }

  /** The other side reads commits of devices that have joined since. */
  async #follow(store: SqliteStore, conversation: Conversation): Promise<void> {
    for (;;) {
      const entries = await store.readEntries(
        { kind: 'conversation', id: conversation.conversationId },
        {
          afterSeq: conversation.cursor,
          throughSeq: Number.MAX_SAFE_INTEGER,
          maxEntries: 500,
          maxSizeBytes: 1e7,
        },
      );
      if (entries.length === 0) return;
      for (const { seq, bytes } of entries) {
        conversation.cursor = seq;
        const kind = decodeEntry(provider, bytes)?.kind;
        if (kind?.case !== 'commit') continue;
        conversation.ownGroup = null;
        const own = await currentChain(store, this.#own.chain.accountId);
        const directory = directoryOf([{ ...this.#own, chain: own }, conversation.peer]);
        const staged = accepted(
          await stageCommit(contextOf(provider), conversation.group, kind.value.commit, directory),
        );
        const next = staged.merge();
        if (next === null) throw new Error('The peer was removed.');
        conversation.group = next;
      }
    }
  }

  async #writeIn(store: SqliteStore, conversation: Conversation, count: number): Promise<void> {
    for (let done = 0; done < count; done += batchSize) {
      const drafts = [];
      for (let n = done; n < Math.min(count, done + batchSize); n++) {
        const isOwn = conversation.ownGroup !== null && n % 2 === 0;
        const group = isOwn ? conversation.ownGroup! : conversation.group;
        const sender = isOwn ? this.#own.self : conversation.peer.self;
        this.#written += 1;
        const transactionId = provider.randomBytes(16).toHex() as TransactionId;
        const nowMs = this.#nowMs();
        conversation.newestText = sentence(this.#written);
        const made = await protectMessage(contextOf(provider), group, sender, {
          content: encodeText(nowMs, { text: conversation.newestText }),
          transactionId,
          historyKey: historyKeyOf(group),
        });
        if (made.kind === 'refused') throw new Error(made.reason);
        if (isOwn) conversation.ownGroup = made.group;
        else conversation.group = made.group;
        const { body, live, kept } = made;
        drafts.push(
          store.append({
            conversationId: conversation.conversationId,
            sender,
            transactionId: idToBytes(transactionId),
            nowMs,
            epoch: group.epoch,
            content: { kind: 'message', body, live, kept, passing: false, blobIds: [] },
          }),
        );
      }
      for (const outcome of await Promise.all(drafts)) {
        if (outcome.kind === 'refused') throw new Error(outcome.error.code);
        conversation.cursor = outcome.value.seq;
      }
    }
  }

  #nowMs(): number {
    return Date.now() - 60 * minuteMs + this.#written;
  }
}

async function withStore<T>(folder: string, run: (store: SqliteStore) => Promise<T>): Promise<T> {
  const opened = openDatabase(join(folder, 'sotto.db'));
  if (opened.kind === 'refused') throw new Error(opened.sentence);
  const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

/** Registers as a device does, with a server that ends before this resolves; its store stays open. */
async function registerUser(store: SqliteStore): Promise<Person> {
  const random = { bytes: (size: number) => provider.randomBytes(size) };
  const service = await DeliveryService.open({ store, clock: systemClock, random, rates: unlimitedRates });
  const database = new TestDisk().open();
  await migrate(database);
  const notUsed = () => Promise.reject(new Error('Not used'));
  const platform: Platform = {
    clock: { now: () => Date.now(), schedule: systemClock.schedule },
    provider,
    transport: {
      signIn: (method, payload) => service.signIn(method, payload),
      connect: () => {
        throw new Error('Not used');
      },
    },
    databases: { open: notUsed, locked: notUsed, lock: notUsed, unlock: notUsed, discard: notUsed },
  };
  const registered = await register(platform, database, populationUser);
  if (registered.kind === 'problem') throw new Error(registered.problem.kind);
  const row = database.read(readDevice)!;
  const keys = await importDevice(provider, row.deviceId, row.seed);
  const { accountId, deviceId, credential } = row;
  const { entries } = database.read((sql) => readStoredChain(sql, accountId))!;
  const chain = accepted(await verifyChain(provider, entries, { accountId }));
  return { self: { accountId, deviceId, credential, signingKey: keys.signingKey }, chain };
}

async function addPerson(store: SqliteStore, username: string): Promise<Person> {
  const person = await createPerson(provider);
  const { accountId, deviceId, signingKey } = person.self;
  const { body, signature } = person.entry;
  await store.createAccount({
    accountId,
    username,
    registrationRecord: 'none',
    vault: new Uint8Array(1),
    chainEntry: { seq: 0, body, signature },
    device: { deviceId, signatureKey: signingKey.publicKey, notAfterMs: 0 },
    inviteTokenHash: null,
    inviteNeeded: false,
    nowMs: Date.now(),
  });
  return person;
}

async function currentChain(store: SqliteStore, accountId: AccountId): Promise<VerifiedChain> {
  const entries = await store.readChain(accountId, 0);
  const chain = entries.map(({ body, signature }) => create(ChainEntrySchema, { body, signature }));
  return accepted(await verifyChain(provider, chain, { accountId }));
}

const words = 'river window copper lantern meadow harbour quilt ample garden evening letter stone'.split(' ');
/** About as long as people write, and different each time. */
function sentence(n: number): string {
  const length = 4 + (n % 11);
  return Array.from({ length }, (_, at) => `${words[(n * 7 + at * 5) % words.length]}${n % (at + 13)}`).join(
    ' ',
  );
}

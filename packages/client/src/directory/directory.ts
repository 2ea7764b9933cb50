import {
  type Directory as CryptoDirectory,
  identityPin,
  type Provider,
  type VerifiedChain,
  verifyChain,
} from '@sotto/crypto';
import {
  type AccountId,
  type FindAccountResponse,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
  normalizeUsername,
} from '@sotto/protocol';
import type { Connection } from '../connection/connection.ts';
import { conversationsWithPeer } from '../conversations/conversationTable.ts';
import type { Step, Steps } from '../device/steps.ts';
import { acceptSuccessor, noteReplacement } from '../identity/replacedTable.ts';
import { isRenamed, isSuccessorOf, standingOf } from '../identity/standing.ts';
import type { ClientDatabase } from '../ports.ts';
import { forgetGrowth, noteGrowth, readGrowth } from './chainGrowthTable.ts';
import { type KnownAccount, readAccount, readStoredChain, storeChain } from './chainTable.ts';

/** Up to so many are asked for one by one, for what is new of them alone. */
const fewAccounts = 4;

/** What asking the server for an account came to. `invalid`: its chain does not verify, or left the pin. */
export type AccountLookup =
  | { readonly kind: 'known'; readonly account: KnownAccount; readonly chain: VerifiedChain }
  /** It took the place of one met here, as the server says, and the user has not said that it is the same person. */
  | {
      readonly kind: 'replacing';
      readonly account: KnownAccount;
      /** Whom, beside those of whom it was said before. */
      readonly replaced: readonly AccountId[];
    }
  | { readonly kind: 'unknown' | 'invalid' | 'offline' };

/** Chains as one step sees them: local only, so that no step waits for the network. */
export interface ChainLookups extends CryptoDirectory {
  /** Accounts whose chain was wanted newer than it is here: fetch them and run the step again. */
  readonly missing: ReadonlySet<AccountId>;
}

/**
 * Accounts met so far, with their verified identity chains. The stored head is a pin: a chain that does not
 * continue it is refused (spec/accounts.md §Chain).
 */
export class Directory {
  readonly #provider: Provider;
  readonly #database: ClientDatabase;
  readonly #steps: Steps;
  readonly #connection: () => Connection;
  readonly #nowMs: () => number;
  readonly #chains = new Map<AccountId, VerifiedChain>();
  /** Asked for on the present connection. */
  readonly #fetched = new Map<AccountId, Promise<AccountLookup>>();
  /** Chains that grew on the present connection, in that order, with the newest entry known before. */
  #growth: { readonly accountId: AccountId; readonly seqBefore: number }[] = [];
  /** The same of earlier connections, since all logs were read to their ends (chainGrowthTable.ts). */
  #unreadGrowth: Map<AccountId, number>;

  /**
   * Of accounts that say they replace one that is known, and are not accepted: others may have added them to groups, whose
   * commits are judged by these; they are known as nobody.
   */
  readonly #unaccepted = new Map<AccountId, VerifiedChain>();

  constructor(
    provider: Provider,
    database: ClientDatabase,
    steps: Steps,
    connection: () => Connection,
    nowMs: () => number,
  ) {
    this.#provider = provider;
    this.#database = database;
    this.#steps = steps;
    this.#connection = connection;
    this.#nowMs = nowMs;
    this.#unreadGrowth = database.read(readGrowth);
  }

  account(accountId: AccountId): KnownAccount | null {
    return this.#database.read((sql) => readAccount(sql, accountId));
  }

  /** The chain as it is here, verified; null where the account is not known (or what is stored is damaged). */
  async chain(accountId: AccountId): Promise<VerifiedChain | null> {
    const cached = this.#chains.get(accountId);
    if (cached !== undefined) return cached;
    const stored = this.#database.read((sql) => readStoredChain(sql, accountId));
    if (stored === null) return null;
    const chain = await verifyChain(this.#provider, stored.entries, { accountId, pinned: stored.pinned });
    if (chain.kind === 'refused') return null;
    this.#chains.set(accountId, chain);
    return chain;
  }

  /** The chain where it was used since this device started. */
  loaded(accountId: AccountId): VerifiedChain | null {
    return this.#chains.get(accountId) ?? null;
  }

  /** A moment on this connection, for `lookups`. */
  mark(): number {
    return this.#growth.length;
  }

  /**
   * For one attempt of a step. `settled`: accounts that were just asked for, of which nothing newer is to be had.
   * `mark`: what is read was under way then, and may be older than what chains have grown by since. `onlySettled`: what is
   * known of others may be old, so they are asked for first.
   */
  lookups(settled: ReadonlySet<AccountId>, mark = this.mark(), onlySettled = false): ChainLookups {
    const missing = new Set<AccountId>();
    return {
      missing,
      chainOf: async (accountId, atLeastSeq) => {
        const chain = (await this.chain(accountId)) ?? this.#unaccepted.get(accountId) ?? null;
        const isSettled = settled.has(accountId);
        if (chain !== null && chain.seq >= atLeastSeq && (isSettled || !onlySettled)) return chain;
        if (!isSettled) missing.add(accountId);
        return null;
      },
      knownSeqOf: (accountId) =>
        this.#unreadGrowth.get(accountId) ??
        this.#growth.slice(mark).find((one) => one.accountId === accountId)?.seqBefore ??
        this.#chains.get(accountId)?.seq ??
        -1,
    };
  }

  /** Asks the server for what is new of these accounts. False where one could not be asked. Not inside a step. */
  async refresh(accountIds: Iterable<AccountId>): Promise<boolean> {
    const known: AccountId[] = [];
    const strangers: AccountId[] = [];
    for (const id of accountIds) {
      const isKnown = this.account(id) !== null && (await this.chain(id)) !== null;
      (isKnown ? known : strangers).push(id);
    }
    const each = async (ids: readonly AccountId[]) =>
      (await Promise.all(ids.map((id) => this.fetch(id)))).every(isAnswered);
    const answered = await Promise.all([
      strangers.length > 1 ? this.#meet(strangers) : each(strangers),
      known.length > fewAccounts ? this.#meet(known) : each(known),
    ]);
    return answered.every(Boolean);
  }

  /** Asks for many accounts at once, in pages, and stores what is new of them together. */
  async #meet(accountIds: readonly AccountId[]): Promise<boolean> {
    const chunk = limits.accountsPerRead;
    const chunks = Array.from({ length: Math.ceil(accountIds.length / chunk) }, (_, at) =>
      accountIds.slice(at * chunk, (at + 1) * chunk),
    );
    return (await Promise.all(chunks.map((ids) => this.#meetSome(ids)))).every(Boolean);
  }

  async #meetSome(accountIds: readonly AccountId[]): Promise<boolean> {
    let left = accountIds;
    while (left.length > 0) {
      const result = await this.#connection().call(Methods.method.readAccounts, {
        accountIds: left.map(idToBytes),
      });
      if (result.kind !== 'answer') return false;
      const wanted = new Set(left);
      const found: Found[] = [];
      for (const one of result.value.accounts) {
        const account = accountOf(one);
        if (account !== null && wanted.delete(account.accountId)) found.push({ account, entries: one.chain });
      }
      // None of the rest is known to the server.
      if (found.length === 0) return true;
      const verified = await Promise.all(found.map((one) => this.#verifyGrown(one)));
      await this.#storeAll(verified.filter((one) => one !== null));
      left = [...wanted];
    }
    return true;
  }

  /** As `fetch`, once on each connection: what changes after that the server tells. */
  fetchOnce(accountId: AccountId): Promise<AccountLookup> {
    const asked = this.#fetched.get(accountId) ?? this.fetch(accountId);
    this.#keepAnswered(accountId, asked);
    return asked;
  }

  /** What was not answered is asked for again. */
  #keepAnswered(accountId: AccountId, asked: Promise<AccountLookup>): void {
    this.#fetched.set(accountId, asked);
    const forget = () => {
      if (this.#fetched.get(accountId) === asked) this.#fetched.delete(accountId);
    };
    asked.then((lookup) => isAnswered(lookup) || forget(), forget);
  }

  /**
   * The same for many: those that are known are compared with what the server has, in pages. False where they could not
   * be asked for.
   */
  async fetchAllOnce(accountIds: readonly AccountId[]): Promise<boolean> {
    const asked = accountIds.flatMap((id) => this.#fetched.get(id) ?? []);
    const open = accountIds.filter((id) => !this.#fetched.has(id));
    if (open.length <= fewAccounts) asked.push(...open.map((id) => this.fetchOnce(id)));
    else {
      const met = this.#meet(open);
      const offline: AccountLookup = { kind: 'offline' };
      for (const id of open) {
        const lookup = met.then((answered): AccountLookup => (answered ? this.#knownNow(id) : offline));
        this.#keepAnswered(id, lookup);
        asked.push(lookup);
      }
    }
    return (await Promise.all(asked)).every(isAnswered);
  }

  #knownNow(accountId: AccountId): AccountLookup {
    const account = this.account(accountId);
    const chain = this.#chains.get(accountId);
    return account === null || chain === undefined ? { kind: 'unknown' } : { kind: 'known', account, chain };
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#fetched.clear();
    this.#growth = [];
    this.#unreadGrowth = this.#database.read(readGrowth);
  }

  /** All logs are read to their ends: what is read from now on is as new as the chains, but for what they grow by now. */
  async caughtUp(): Promise<void> {
    this.#unreadGrowth = new Map();
    await this.#steps.run((step) => step.commit(forgetGrowth));
  }

  /** Asks the server for an account by id. `pin`: of the invite that led to it. Not inside a step. */
  async fetch(accountId: AccountId, pin: Uint8Array | null = null): Promise<AccountLookup> {
    const known = await this.chain(accountId);
    const account = this.account(accountId);
    if (known === null || account === null) {
      return this.#find({ accountId: idToBytes(accountId) }, (found) => found.accountId === accountId, pin);
    }
    const result = await this.#connection().call(Methods.method.getChain, {
      accountId: idToBytes(accountId),
      fromSeq: BigInt(known.seq + 1),
    });
    if (result.kind === 'lost') return { kind: 'offline' };
    if (result.kind === 'error')
      return { kind: result.error.code === 'unknown_account' ? 'unknown' : 'offline' };
    const entries = result.value.chain;
    if (entries.length === 0) return { kind: 'known', account, chain: known };
    const chain = await verifyChain(this.#provider, entries, { accountId, after: known });
    if (chain.kind === 'refused') return { kind: 'invalid' };
    const added = { username: account.username, chain, fromSeq: known.seq + 1, entries };
    const [lookup] = await this.#storeAll([added]);
    return lookup ?? { kind: 'invalid' };
  }

  /** Asks the server for an account by name, in normalised form. Not inside a step. */
  find(username: string): Promise<AccountLookup> {
    return this.#find({ username }, (found) => found.username === username);
  }

  async #find(
    by: { username: string } | { accountId: Uint8Array },
    fits: (found: KnownAccount) => boolean,
    pin: Uint8Array | null = null,
  ): Promise<AccountLookup> {
    const result = await this.#connection().call(Methods.method.findAccount, by);
    if (result.kind === 'lost') return { kind: 'offline' };
    if (result.kind === 'error')
      return { kind: result.error.code === 'unknown_account' ? 'unknown' : 'offline' };
    const account = accountOf(result.value);
    if (account === null || !fits(account)) return { kind: 'invalid' };
    const verified = await this.#verify({ account, entries: result.value.chain }, pin);
    if (verified === null) return { kind: 'invalid' };
    const [lookup] = await this.#storeAll([verified]);
    return lookup ?? { kind: 'invalid' };
  }

  /** Null where the account is none, or another than it was. */
  async #verify({ account, entries }: Found, pin: Uint8Array | null): Promise<Verified | null> {
    const { accountId, username } = account;
    if (this.#database.read((sql) => isRenamed(sql, account))) return null;
    const stored = this.#database.read((sql) => readStoredChain(sql, accountId));
    const chain = await verifyChain(this.#provider, entries, {
      accountId,
      ...(stored === null ? {} : { pinned: stored.pinned }),
    });
    if (chain.kind === 'refused' || (pin !== null && !isPinned(this.#provider, chain, pin))) return null;
    return { username, chain, fromSeq: 0, entries };
  }

  /** The same; of a chain that is here already only what follows it is looked at. */
  async #verifyGrown(found: Found): Promise<Verified | null> {
    const { accountId, username } = found.account;
    const known = await this.chain(accountId);
    if (known === null || found.account.username !== this.account(accountId)?.username) {
      return this.#verify(found, null);
    }
    const fromSeq = known.seq + 1;
    const entries = found.entries.slice(fromSeq);
    if (entries.length === 0) return { username, chain: known, fromSeq, entries };
    const chain = await verifyChain(this.#provider, entries, { accountId, after: known });
    return chain.kind === 'refused' ? null : { username, chain, fromSeq, entries };
  }

  /** The user takes the account for the person whose name it has; asks the server for it. Not inside a step. */
  async accept(accountId: AccountId): Promise<AccountLookup> {
    const present = this.account(accountId);
    const chain = present === null ? null : await this.chain(accountId);
    if (present !== null && chain !== null) return { kind: 'known', account: present, chain };
    const result = await this.#connection().call(Methods.method.findAccount, {
      accountId: idToBytes(accountId),
    });
    if (result.kind !== 'answer') return { kind: 'offline' };
    const account = accountOf(result.value);
    if (account === null || account.accountId !== accountId) return { kind: 'invalid' };
    const verified = await this.#verify({ account, entries: result.value.chain }, null);
    if (verified === null || verified.chain.replacedAccountId === null) return { kind: 'invalid' };
    return this.#steps.run(async (step): Promise<AccountLookup> => {
      const { username, chain: made, entries } = verified;
      const fits = step.read((sql) => isSuccessorOf(sql, account));
      if (!fits) return { kind: 'invalid' };
      await step.commit((sql) => {
        acceptSuccessor(sql, accountId);
        storeChain(sql, username, made, 0, entries);
      });
      this.#chains.set(accountId, made);
      return { kind: 'known', account, chain: made };
    });
  }

  /** What each came to, in the same order; what is good is stored in one step. */
  async #storeAll(all: readonly Verified[]): Promise<AccountLookup[]> {
    return this.#steps.run(async (step): Promise<AccountLookup[]> => {
      const lookups = all.map((one) => this.#judge(step, one));
      const fresh = all.filter((_, at) => lookups[at] === null);
      const growth = fresh.map(({ chain: { accountId } }) => ({
        accountId,
        seqBefore: step.read((sql) => readStoredChain(sql, accountId))?.pinned.seq ?? -1,
      }));
      // Two of one name in one answer: neither can be told from the other.
      const names = new Set(fresh.map(({ username }) => username));
      if (names.size < fresh.length) return all.map(() => ({ kind: 'invalid' }));
      all.forEach(({ chain }, at) => {
        if (lookups[at]?.kind === 'replacing') this.#unaccepted.set(chain.accountId, chain);
      });
      const claims = lookups.filter((lookup) => lookup?.kind === 'replacing');
      if (fresh.length > 0 || claims.length > 0) {
        const nowMs = this.#nowMs();
        await step.commit((sql, changes) => {
          for (const one of fresh) storeChain(sql, one.username, one.chain, one.fromSeq, one.entries);
          for (const { accountId, seqBefore } of growth) noteGrowth(sql, accountId, seqBefore);
          for (const { account, replaced } of claims) {
            for (const id of replaced) noteReplacement(sql, id, account.accountId, nowMs);
            for (const row of replaced.flatMap((id) => conversationsWithPeer(sql, id))) {
              changes.conversation(row.conversationId);
            }
          }
        });
        for (const { chain } of fresh) this.#chains.set(chain.accountId, chain);
        this.#growth.push(...growth);
      }
      return all.map(({ username, chain }, at): AccountLookup => {
        const account = { accountId: chain.accountId, username };
        return lookups[at] ?? { kind: 'known', account, chain };
      });
    });
  }

  /** Null where it is to be stored. */
  #judge(step: Step, { username, chain }: Verified): AccountLookup | null {
    const account = { accountId: chain.accountId, username };
    const present = this.#chains.get(chain.accountId);
    // Another answer, newer than this one, may have been stored meanwhile: the pin only moves forward.
    if (present !== undefined && present.seq >= chain.seq) {
      const isSame = present.hashes[chain.seq]?.toHex() === chain.hash.toHex();
      return isSame ? { kind: 'known', account, chain: present } : { kind: 'invalid' };
    }
    // So may one that this does not continue, or another of that name: what was there first stays.
    const pinned = step.read((sql) => readStoredChain(sql, chain.accountId))?.pinned;
    const hash = pinned === undefined ? undefined : chain.hashes[pinned.seq];
    const hasLeftPin = pinned !== undefined && (hash === undefined || hash.toHex() !== pinned.hash.toHex());
    if (hasLeftPin) return { kind: 'invalid' };
    const standing = step.read((sql) => standingOf(sql, account, chain));
    if (standing.kind === 'fine') return null;
    if (standing.kind === 'renamed') return { kind: 'invalid' };
    return { kind: 'replacing', account, replaced: standing.replaced };
  }
}

interface Found {
  readonly account: KnownAccount;
  readonly entries: FindAccountResponse['chain'];
}
interface Verified {
  readonly username: string;
  readonly chain: VerifiedChain;
  readonly fromSeq: number;
  /** From `fromSeq` on. */
  readonly entries: FindAccountResponse['chain'];
}

function isAnswered(lookup: AccountLookup): boolean {
  return lookup.kind !== 'offline';
}

/** Whether the account is the one that an invite with this pin leads to. */
export function isPinned(provider: Provider, chain: VerifiedChain, pin: Uint8Array): boolean {
  return identityPin(provider, chain).toHex() === pin.toHex();
}

function accountOf(found: FindAccountResponse): KnownAccount | null {
  const accountId = idFromBytes<AccountId>(found.accountId);
  if (accountId === null || normalizeUsername(found.username) !== found.username) return null;
  return { accountId, username: found.username };
}

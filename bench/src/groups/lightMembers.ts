/**
 * Members of a large group that nobody can tell from others: real keys, chains and KeyPackages (hybrid suite), written
 * straight into a server's database, and for each a connection that reads and acknowledges as a client does. What
 * they are sent they do not open, since a thousand devices that do are a thousand machines.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { contextOf, createPerson, type Person } from '@sotto/client/people';
import { type ClaimedKeyPackage, createKeyPackages, type Provider, signAuthentication } from '@sotto/crypto';
import {
  AcknowledgeRequestSchema,
  type ChainEntry,
  Connection,
  type ConversationId,
  idFromBytes,
  idToBytes,
  LogKind,
} from '@sotto/protocol';
import { openDatabase, SqliteStore, systemClock } from '@sotto/server';
import { openCallerBy, openReader, type Prove, pushedSeqs, requestFrame } from '../server/load.ts';

export interface LightMember extends Person {
  readonly entry: ChainEntry;
  readonly claimed: ClaimedKeyPackage;
}

/** `count` accounts of one device each, in a database in `folder` where no server is running. */
export async function addLightMembers(
  provider: Provider,
  folder: string,
  count: number,
): Promise<LightMember[]> {
  const opened = openDatabase(join(folder, 'sotto.db'));
  if (opened.kind === 'refused') throw new Error(opened.sentence);
  const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
  const members: LightMember[] = [];
  const stored: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const { self, chain, entry } = await createPerson(provider);
    const [made] = await createKeyPackages(contextOf(provider), self, 1);
    const { accountId, deviceId, signingKey } = self;
    const { keyPackage } = made!;
    members.push({ self, chain, entry, claimed: { accountId, deviceId, keyPackage } });
    stored.push(
      store.createAccount({
        accountId,
        username: `light${i}`,
        registrationRecord: 'none',
        vault: new Uint8Array(1),
        chainEntry: { seq: 0, body: entry.body, signature: entry.signature },
        device: { deviceId, signatureKey: signingKey.publicKey, notAfterMs: 0 },
        inviteTokenHash: null,
        inviteNeeded: false,
        nowMs: Date.now(),
      }),
      store.publishKeyPackages({ deviceId, keyPackages: [keyPackage], lastResort: null }),
    );
  }
  await Promise.all(stored);
  await store.close();
  return members;
}

/** The log of the one conversation that `member` is in. */
export async function findLog(address: string, member: LightMember): Promise<ConversationId> {
  const { input, output } = Connection.method.listConversations;
  const { call, close } = await openCallerBy(address, proofOf(member));
  const answer = await call('ListConversations', toBinary(input, create(input)));
  close();
  const id = fromBinary(output, answer).conversations[0]?.conversationId;
  if (id === undefined) throw new Error('The group is not there.');
  return idFromBytes<ConversationId>(id)!;
}

function proofOf({ self: { accountId, deviceId, signingKey } }: LightMember): Prove {
  return async (serverId, nonce) => ({
    accountId: idToBytes(accountId),
    deviceId: idToBytes(deviceId),
    signature: await signAuthentication(signingKey, serverId, nonce, accountId, deviceId),
  });
}

/** Of these members, some at a time. */
export async function openLightReaders(
  address: string,
  members: readonly LightMember[],
  conversationId: ConversationId,
  joinedSeq: number,
): Promise<LightReader[]> {
  const readers: LightReader[] = [];
  for (let from = 0; from < members.length; from += openedTogether) {
    const some = members.slice(from, from + openedTogether);
    const opening = some.map((member) => openLightReader(address, member, conversationId, joinedSeq));
    readers.push(...(await Promise.all(opening)));
  }
  return readers;
}
const openedTogether = 25;

export interface LightReader {
  /** Called for each entry, after it was found to be the one after the last. */
  onEntry: () => void;
  close(): void;
}

/** What a client waits before it acknowledges. */
const acknowledgeDelayMs = 500;

/** Reads the log from the entry that added it, and resolves once it is at its end. A gap or a double ends the measurement. */
export async function openLightReader(
  address: string,
  member: LightMember,
  conversationId: ConversationId,
  joinedSeq: number,
): Promise<LightReader> {
  const log = { kind: LogKind.CONVERSATION, id: idToBytes(conversationId) };
  let seq = joinedSeq;
  let requests = 2;
  let timer: NodeJS.Timeout | null = null;
  const acknowledge = () => {
    timer = null;
    requests += 1;
    const request = create(AcknowledgeRequestSchema, { cursors: [{ log, seq: BigInt(seq) }] });
    socket.send(requestFrame(requests, 'Acknowledge', toBinary(AcknowledgeRequestSchema, request)));
  };
  const reader: LightReader = {
    onEntry() {},
    close() {
      if (timer !== null) clearTimeout(timer);
      socket.terminate();
    },
  };
  const { socket, headSeq } = await openReader(address, proofOf(member), log, (frame) => {
    for (const pushed of pushedSeqs(frame)) {
      if (pushed !== seq + 1) throw new Error(`Entry ${pushed} came after ${seq}.`);
      seq = pushed;
      reader.onEntry();
      timer ??= setTimeout(acknowledge, acknowledgeDelayMs);
    }
  });
  while (seq < headSeq) await once(socket, 'message');
  return reader;
}

/** For tests: a delivery service over a database in memory, and connections to it without sockets. */

import { randomBytes } from 'node:crypto';
import { type ConversationId, idToBytes } from '@sotto/protocol';
import { DeliveryService, type DeliveryServiceOptions } from '../deliveryService.ts';
import type { Clock } from '../ports.ts';
import { unlimitedRates } from '../rates.ts';
import { openMemoryDatabase } from '../store/sqlite/openDatabase.ts';
import { SqliteStore } from '../store/sqlite/sqliteStore.ts';
import { systemClock, systemRandom } from '../systemPorts.ts';
import {
  commitAdding,
  createTestAccount,
  randomId,
  register,
  type SignInCall,
  type TestAccount,
  TestConnection,
  type TestDevice,
} from './testClient.ts';

export interface TestServer {
  readonly service: DeliveryService;
  readonly store: SqliteStore;
  readonly signIn: SignInCall;
  connect(): DroppableConnection;
  /** Registers an account and connects its first device. */
  join(username: string): Promise<{ account: TestAccount; connection: DroppableConnection }>;
  online(account: TestAccount, device?: TestDevice): Promise<DroppableConnection>;
}
type DroppableConnection = TestConnection & { drop(): void };

export async function startTestServer(
  options: Partial<DeliveryServiceOptions> & { store?: SqliteStore; clock?: Clock } = {},
): Promise<TestServer> {
  const store =
    options.store ?? new SqliteStore({ database: openMemoryDatabase(), defer: systemClock.defer });
  const service = await DeliveryService.open({
    clock: systemClock,
    random: systemRandom,
    rates: unlimitedRates,
    ...options,
    store,
  });
  const signIn: SignInCall = (method, payload) => service.signIn(method, payload);
  const connect = () => {
    const outgoing: Uint8Array[] = [];
    let deliver = (frame: Uint8Array): void => {
      outgoing.push(frame);
    };
    const connection = new TestConnection((frame) => peer?.receive(frame));
    const peer = service.connect({
      send: (frame) => deliver(frame),
      close: (code) => connection.ended(code),
      bufferedBytes: () => 0,
    });
    deliver = (frame) => connection.receive(frame);
    for (const frame of outgoing) deliver(frame);
    return Object.assign(connection, { drop: () => peer?.closed() });
  };
  const online = async (account: TestAccount, device = account.devices[0]!) => {
    const connection = connect();
    const answer = await connection.authenticate(account, device);
    if (answer.kind === 'refused') throw new Error(`not authenticated: ${answer.error.code}`);
    return connection;
  };
  const join = async (username: string) => {
    const account = createTestAccount(username);
    const code = await register(signIn, account);
    if (code !== null) throw new Error(`not registered: ${code}`);
    return { account, connection: await online(account) };
  };
  return { service, store, signIn, connect, join, online };
}

/** On which no time passes, however slow the machine is: nothing more comes to be allowed by the rates. */
export const stoppedClock: Clock = { ...systemClock, nowMs: () => 1_800_000_000_000 };

/** A direct conversation of two accounts with all their devices; the id. */
export async function converse(
  connection: TestConnection,
  from: TestAccount,
  to: TestAccount,
): Promise<ConversationId> {
  const conversationId = randomId<ConversationId>();
  const added = [from, to].flatMap(({ accountId, devices }) =>
    devices.map(({ deviceId }) => ({ accountId, deviceId })),
  );
  const answer = await connection.call('createConversation', {
    conversationId: idToBytes(conversationId),
    transactionId: randomBytes(16),
    directAccountIds: [from, to].map(({ accountId }) => idToBytes(accountId)),
    commit: commitAdding(added.slice(1)),
  });
  if (answer.kind === 'refused') throw new Error(`not created: ${answer.error.code}`);
  return conversationId;
}

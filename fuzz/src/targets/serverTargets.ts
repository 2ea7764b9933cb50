/** The delivery service itself: frames of a device that has signed in, of one that has not, and sign-in requests. */
import { setImmediate } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createVault, signAuthentication } from '@sotto/crypto';
import { provider, TestAccount } from '@sotto/crypto/testing';
import {
  AuthenticateRequestSchema,
  type Challenge,
  Connection,
  FinishRegistrationRequestSchema,
  idToBytes,
  RequestSchema,
  ServerFrameSchema,
  SignIn,
} from '@sotto/protocol';
import {
  type ConnectedPeer,
  DeliveryService,
  openMemoryDatabase,
  SqliteStore,
  silentLogger,
  systemClock,
  systemRandom,
  unlimitedRates,
} from '@sotto/server';
import type { Random } from '../random.ts';
import { sampleMessage } from '../sampleMessage.ts';
import type { Target } from '../target.ts';

const samplesPerMethod = 8;
const authenticateId = 1;

export async function serverTargets(pool: readonly Uint8Array[], random: Random): Promise<Target[]> {
  const problems: string[] = [];
  const service = await DeliveryService.open({
    store: new SqliteStore({ database: openMemoryDatabase(), defer: systemClock.defer }),
    clock: systemClock,
    random: systemRandom,
    rates: unlimitedRates,
    logger: { ...silentLogger, error: (event) => problems.push(event) },
  });
  const account = await TestAccount.create();
  await register(service, account);
  const known = [...pool, idToBytes(account.accountId), idToBytes(account.keys[0]!.deviceId)];
  const checkProblems = () => {
    if (problems.length > 0) throw new Error(`the server logged: ${problems.splice(0).join(', ')}`);
  };
  return [
    connectionTarget('server.device', () => connect(service, account), known, random, checkProblems),
    connectionTarget('server.stranger', () => connect(service, null), known, random, checkProblems),
    ...SignIn.methods.map(
      (method): Target => ({
        name: `server.${method.name}`,
        samples: Array.from({ length: samplesPerMethod }, () =>
          toBinary(method.input, sampleMessage(method.input, random, known) as never),
        ),
        run: async (bytes) => {
          await service.signIn(method.name, bytes);
          checkProblems();
        },
      }),
    ),
  ];
}

/** Frames into a connection, which is opened anew where the server has ended it. */
function connectionTarget(
  name: string,
  open: () => Promise<OpenConnection>,
  pool: readonly Uint8Array[],
  random: Random,
  check: () => void,
): Target {
  let connection: OpenConnection | null = null;
  const samples = Connection.methods.flatMap((method) =>
    Array.from({ length: samplesPerMethod }, (_, at) => {
      const payload = toBinary(method.input, sampleMessage(method.input, random, pool) as never);
      return toBinary(RequestSchema, create(RequestSchema, { id: at + 2, method: method.name, payload }));
    }),
  );
  return {
    name,
    samples,
    run: async (bytes) => {
      if (connection === null || connection.isClosed()) connection = await open();
      connection.peer.receive(bytes);
      await setImmediate();
      check();
    },
  };
}

interface OpenConnection {
  readonly peer: ConnectedPeer;
  isClosed(): boolean;
}

/** A connection, authenticated where an account is given. */
async function connect(service: DeliveryService, account: TestAccount | null): Promise<OpenConnection> {
  let isClosed = false;
  const challenged = Promise.withResolvers<Challenge>();
  const authenticated = Promise.withResolvers<void>();
  const peer = service.connect({
    send: (frame) => {
      const { kind } = fromBinary(ServerFrameSchema, frame);
      if (kind.case === 'challenge') challenged.resolve(kind.value);
      if (kind.case !== 'response' || kind.value.id !== authenticateId) return;
      if (kind.value.result.case === 'payload') authenticated.resolve();
      else authenticated.reject(new Error('not authenticated'));
    },
    close: () => {
      isClosed = true;
    },
    bufferedBytes: () => 0,
  });
  if (peer === null) throw new Error('no connection');
  const challenge = await challenged.promise;
  if (account !== null) {
    peer.receive(await authenticateFrame(account, challenge));
    await authenticated.promise;
  } else {
    // Nobody waits for it.
    authenticated.promise.catch(() => {});
  }
  return { peer, isClosed: () => isClosed };
}

async function authenticateFrame(account: TestAccount, challenge: Challenge): Promise<Uint8Array> {
  const { deviceId, signingKey } = account.keys[0]!;
  const { accountId } = account;
  const signature = await signAuthentication(
    signingKey,
    challenge.serverId,
    challenge.nonce,
    accountId,
    deviceId,
  );
  const request = create(AuthenticateRequestSchema, {
    accountId: idToBytes(accountId),
    deviceId: idToBytes(deviceId),
    signature,
  });
  const payload = toBinary(AuthenticateRequestSchema, request);
  return toBinary(
    RequestSchema,
    create(RequestSchema, { id: authenticateId, method: 'Authenticate', payload }),
  );
}

async function register(service: DeliveryService, account: TestAccount): Promise<void> {
  const vault = await createVault(provider, account.accountId, account.secrets, {
    exportKey: provider.randomBytes(64),
    recoverySecret: provider.randomBytes(20),
  });
  const request = create(FinishRegistrationRequestSchema, {
    accountId: idToBytes(account.accountId),
    username: 'fuzzed',
    registrationRecord: 'AAAA',
    vault,
    chainEntry: account.entries[0]!,
  });
  const answer = await service.signIn(
    'FinishRegistration',
    toBinary(FinishRegistrationRequestSchema, request),
  );
  if (answer.kind === 'error') throw new Error(`not registered: ${answer.error.code}`);
}

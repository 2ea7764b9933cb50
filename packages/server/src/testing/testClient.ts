/** For tests: a client of the wire that makes accounts and devices with real keys, but no MLS: its commits are noise. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { create, fromBinary, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { client as opaque, ready } from '@serenity-kit/opaque';
import {
  type AccountId,
  ChainBodySchema,
  type ChainEntry,
  ChainEntrySchema,
  ChainOperation,
  type Challenge,
  Connection,
  type ConversationId,
  type DeviceId,
  type Entry,
  EntrySchema,
  type Error as ErrorMessage,
  idFromBytes,
  idToBytes,
  LogKind,
  type Push,
  RequestSchema,
  ServerFrameSchema,
  SignIn,
} from '@sotto/protocol';

export type SignInCall = (
  method: string,
  payload: Uint8Array,
) => Promise<{ kind: 'answer'; payload: Uint8Array } | { kind: 'error'; error: { code: string } }>;

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

export interface TestDevice {
  readonly deviceId: DeviceId;
  readonly keys: KeyPair;
}

export interface TestAccount {
  readonly accountId: AccountId;
  readonly username: string;
  readonly password: string;
  readonly identity: KeyPair;
  readonly chain: ChainEntry[];
  readonly devices: TestDevice[];
}

export function createKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) };
}

export function createTestDevice(): TestDevice {
  return { deviceId: randomId<DeviceId>(), keys: createKeyPair() };
}

export function randomId<Id extends AccountId | DeviceId | ConversationId>(): Id {
  return idFromBytes<Id>(randomBytes(16))!;
}

/** An account that is nowhere yet: its chain has entry 0 with one device. */
export function createTestAccount(username: string, password = 'a fine long password'): TestAccount {
  const account: TestAccount = {
    accountId: randomId<AccountId>(),
    username,
    password,
    identity: createKeyPair(),
    chain: [],
    devices: [createTestDevice()],
  };
  account.chain.push(signChainEntry(account, ChainOperation.CREATE));
  return account;
}

/** The next entry of the account's chain with its present devices; `changes` makes it wrong on purpose. */
export function signChainEntry(
  account: TestAccount,
  operation: ChainOperation,
  changes: MessageInitShape<typeof ChainBodySchema> = {},
  identity = account.identity,
): ChainEntry {
  const head = account.chain.at(-1);
  const body = toBinary(
    ChainBodySchema,
    create(ChainBodySchema, {
      accountId: idToBytes(account.accountId),
      seq: BigInt(account.chain.length),
      prevHash: head === undefined ? new Uint8Array() : createHash('sha256').update(head.body).digest(),
      operation,
      identityKey: identity.publicKey,
      historyPublicKey: new Uint8Array(1216).fill(7),
      devices: account.devices.map(({ deviceId, keys }) => ({
        deviceId: idToBytes(deviceId),
        signatureKey: keys.publicKey,
      })),
      ...changes,
    }),
  );
  const signature = sign(
    null,
    Buffer.concat([Buffer.from('Sotto 1 chain entry'), body]),
    identity.privateKey,
  );
  return create(ChainEntrySchema, { body, signature });
}

type SignInMethods = (typeof SignIn)['method'];
type ConnectionMethods = (typeof Connection)['method'];

/** One sign-in method, typed; its error code where it was refused. */
export async function callSignIn<M extends keyof SignInMethods>(
  signIn: SignInCall,
  method: M,
  request: MessageInitShape<SignInMethods[M]['input']>,
): Promise<
  { kind: 'done'; value: MessageShape<SignInMethods[M]['output']> } | { kind: 'refused'; code: string }
> {
  const { name, input, output } = SignIn.method[method];
  const answer = await signIn(name, toBinary(input, create(input, request as never)));
  if (answer.kind === 'error') return { kind: 'refused', code: answer.error.code };
  return {
    kind: 'done',
    value: fromBinary(output, answer.payload) as MessageShape<SignInMethods[M]['output']>,
  };
}

/** Registers `account`; the error code where it was refused. */
export async function register(
  signIn: SignInCall,
  account: TestAccount,
  inviteToken: Uint8Array = new Uint8Array(),
): Promise<string | null> {
  await ready;
  const { accountId, username, password } = account;
  const { clientRegistrationState, registrationRequest } = opaque.startRegistration({ password });
  const ids = { accountId: idToBytes(accountId), username, inviteToken };
  const started = await callSignIn(signIn, 'startRegistration', { ...ids, registrationRequest });
  if (started.kind === 'refused') return started.code;
  const { registrationRecord } = opaque.finishRegistration({
    password,
    clientRegistrationState,
    registrationResponse: started.value.registrationResponse,
    identifiers: { client: accountId },
    keyStretching: cheapStretching,
  });
  const vault = { version: 1, sealed: new Uint8Array(64).fill(1) };
  const finished = await callSignIn(signIn, 'finishRegistration', {
    ...ids,
    registrationRecord,
    vault,
    chainEntry: account.chain[0]!,
  });
  return finished.kind === 'refused' ? finished.code : null;
}

const cheapStretching = { 'argon2id-custom': { memory: 8, iterations: 1, parallelism: 1 } } as const;

/** Runs both steps of a login; the error code, or what FinishLogin gave. */
export async function logIn(signIn: SignInCall, username: string, password: string) {
  await ready;
  const { clientLoginState, startLoginRequest } = opaque.startLogin({ password });
  const started = await callSignIn(signIn, 'startLogin', { username, loginRequest: startLoginRequest });
  if (started.kind === 'refused') return started;
  const finished = opaque.finishLogin({
    clientLoginState,
    loginResponse: started.value.loginResponse,
    password,
    identifiers: { client: started.value.accountId.toHex() },
    keyStretching: cheapStretching,
  });
  if (finished === undefined) return { kind: 'refused' as const, code: 'wrong_password' };
  const { loginId } = started.value;
  return await callSignIn(signIn, 'finishLogin', { loginId, loginFinish: finished.finishLoginRequest });
}

export type CallOutcome<T> = { kind: 'done'; value: T } | { kind: 'refused'; error: ErrorMessage };

/** The client's end of a connection, over any transport that carries frames. */
export class TestConnection {
  readonly pushes: Push[] = [];
  readonly errorsWithoutRequest: string[] = [];
  closed: { code: number } | null = null;
  readonly #send: (frame: Uint8Array) => void;
  readonly #waiting = new Map<number, (outcome: CallOutcome<Uint8Array>) => void>();
  readonly #watchers = new Set<() => void>();
  #challenge: Challenge | null = null;
  /** Far from the ids in frames that tests make themselves. */
  #nextId = 1_000_000;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  /** A frame from the server. */
  receive(bytes: Uint8Array): void {
    const { kind } = fromBinary(ServerFrameSchema, bytes);
    if (kind.case === 'challenge') this.#challenge = kind.value;
    if (kind.case === 'push') this.pushes.push(kind.value);
    if (kind.case === 'response') {
      const { id, result } = kind.value;
      const resolve = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (result.case === 'error' && resolve === undefined) this.errorsWithoutRequest.push(result.value.code);
      if (result.case === 'error') resolve?.({ kind: 'refused', error: result.value });
      else resolve?.({ kind: 'done', value: result.value ?? new Uint8Array() });
    }
    this.#changed();
  }

  ended(code: number): void {
    this.closed = { code };
    this.#changed();
  }

  sendRaw(frame: Uint8Array): void {
    this.#send(frame);
  }

  async call<M extends keyof ConnectionMethods>(
    method: M,
    request: MessageInitShape<ConnectionMethods[M]['input']>,
  ): Promise<CallOutcome<MessageShape<ConnectionMethods[M]['output']>>> {
    const { name, input, output } = Connection.method[method];
    const answer = await this.callRaw(name, toBinary(input, create(input, request as never)));
    if (answer.kind === 'refused') return answer;
    const value = fromBinary(output, answer.value) as MessageShape<ConnectionMethods[M]['output']>;
    return { kind: 'done', value };
  }

  callRaw(method: string, payload: Uint8Array): Promise<CallOutcome<Uint8Array>> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send(toBinary(RequestSchema, create(RequestSchema, { id, method, payload })));
    });
  }

  /** The challenge, signed by `device`. */
  async signChallenge(accountId: AccountId, device: TestDevice) {
    await this.until(() => this.#challenge !== null);
    const { serverId, nonce } = this.#challenge!;
    const ids = [idToBytes(accountId), idToBytes(device.deviceId)] as const;
    const signed = Buffer.concat([Buffer.from('Sotto 1 authenticate'), serverId, nonce, ...ids]);
    return { accountId: ids[0], deviceId: ids[1], signature: sign(null, signed, device.keys.privateKey) };
  }

  async authenticate(account: TestAccount, device = account.devices[0]!) {
    return await this.call('authenticate', await this.signChallenge(account.accountId, device));
  }

  /** Entries pushed so far of one log. */
  entriesOf(id: ConversationId | DeviceId | AccountId): Entry[] {
    return this.pushes.flatMap(({ kind }) => {
      if (kind.case !== 'entries' || kind.value.log?.id.toHex() !== id) return [];
      return kind.value.entries.map((bytes) => fromBinary(EntrySchema, bytes));
    });
  }

  /** Waits until `condition` holds; looked at after every frame. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  #changed(): void {
    for (const check of [...this.#watchers]) check();
  }
}

export function conversationCursor(id: ConversationId, seq = 0n) {
  return { log: { kind: LogKind.CONVERSATION, id: idToBytes(id) }, seq };
}

export function inboxCursor(id: DeviceId, seq = 0n) {
  return { log: { kind: LogKind.INBOX, id: idToBytes(id) }, seq };
}

/** A commit that adds `added`, each with a Welcome. */
export function commitAdding(added: readonly { accountId: AccountId; deviceId: DeviceId }[]) {
  return {
    entry: {
      commit: randomBytes(64),
      added: added.map(({ accountId, deviceId }) => ({
        accountId: idToBytes(accountId),
        deviceId: idToBytes(deviceId),
      })),
    },
    groupInfo: randomBytes(32),
    ratchetTree: randomBytes(32),
    welcomes: added.map(({ deviceId }) => ({ deviceId: idToBytes(deviceId), welcome: randomBytes(48) })),
  };
}

/** A message append whose body says `text`. */
export function messageAppend(
  conversationId: ConversationId,
  epoch: bigint,
  text: string,
  transactionId: Uint8Array = randomBytes(16),
) {
  return {
    conversationId: idToBytes(conversationId),
    transactionId,
    epoch,
    kind: { case: 'message' as const, value: { body: Buffer.from(text), live: Buffer.from('live') } },
  };
}

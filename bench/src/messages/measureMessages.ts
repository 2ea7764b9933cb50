import {
  commit,
  createGroup,
  createKeyPackage,
  decodeKeyPackageSecrets,
  encodeKeyPackageSecrets,
  type GroupState,
  mergeJoin,
  protect,
  type Signer,
  stageWelcome,
  unprotect,
  verifyKeyPackage,
} from '@sotto/mls';
import type { CipherSuite, Provider, SuiteId } from '@sotto/primitives';
import { createMessageFloor, messageSizeBytes } from '../mls/messageFloor.ts';

/** Microseconds a message, the medians of several rounds in which each kind took its turn. */
export interface MessageTimes {
  readonly protect: number;
  readonly unprotect: number;
  /** The bare primitives that RFC 9420 demands for each: what no engine on them can go below. */
  readonly protectFloor: number;
  readonly unprotectFloor: number;
}

const encoder = new TextEncoder();

interface Device {
  readonly signer: Signer;
  state: GroupState;
}

/** Protects and unprotects 100-byte messages in a group of two devices, beside the same bare primitives. */
export async function measureMessages(
  provider: Provider,
  suiteId: SuiteId,
  options: { rounds: number; messagesPerRound: number },
): Promise<MessageTimes> {
  const suite = provider.suite(suiteId);
  const [sender, receiver] = await createPair(suite);
  const floor = await createMessageFloor(suite);
  const data = suite.randomBytes(messageSizeBytes);
  const count = options.messagesPerRound;
  const samples = { protect: [], unprotect: [], protectFloor: [], unprotectFloor: [] } as Record<
    keyof MessageTimes,
    number[]
  >;

  for (let round = 0; round <= options.rounds; round++) {
    const messages: Uint8Array[] = [];
    const protectTime = await timeEach(count, async () => {
      const result = await protect(sender.state, sender.signer, data);
      if (result.kind === 'refused') throw new Error(`protect was refused: ${result.reason}`);
      sender.state = result.state;
      messages.push(result.bytes);
    });
    let next = 0;
    const unprotectTime = await timeEach(count, async () => {
      const result = await unprotect(receiver.state, messages[next++]!, { nowMs: Date.now() });
      if (result.kind !== 'application') throw new Error('unprotect did not give a message');
      receiver.state = result.state;
    });
    const protectFloor = await timeEach(count, floor.protect);
    const unprotectFloor = await timeEach(count, floor.unprotect);
    // The first round warms up.
    if (round === 0) continue;
    samples.protect.push(protectTime);
    samples.unprotect.push(unprotectTime);
    samples.protectFloor.push(protectFloor);
    samples.unprotectFloor.push(unprotectFloor);
  }
  return {
    protect: median(samples.protect),
    unprotect: median(samples.unprotect),
    protectFloor: median(samples.protectFloor),
    unprotectFloor: median(samples.unprotectFloor),
  };
}

async function timeEach(count: number, run: () => unknown): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < count; i++) await run();
  return ((performance.now() - startMs) * 1000) / count;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function createPair(suite: CipherSuite): Promise<[Device, Device]> {
  const nowMs = Date.now();
  const nowSeconds = BigInt(Math.floor(nowMs / 1000));
  const lifetime = { notBefore: nowSeconds - 60n, notAfter: nowSeconds + 86_400n };
  const device = async (name: string) => ({
    signer: await suite.signature.importKey(suite.signature.generateSeed()),
    credential: { kind: 'basic', identity: encoder.encode(name) } as const,
  });
  const a = await device('a');
  const b = await device('b');
  const own = expectKind(
    await createKeyPackage(suite, b.signer, { credential: b.credential, lifetime }),
    'ownKeyPackage',
  );
  const keyPackage = expectKind(await verifyKeyPackage(suite, own.bytes, { nowMs }), 'verifiedKeyPackage');
  const alone = expectKind(
    await createGroup(suite, a.signer, {
      groupId: suite.randomBytes(16),
      credential: a.credential,
      lifetime,
    }),
    'active',
  );
  const pending = expectKind(
    await commit(alone, a.signer, { nowMs, proposals: [{ kind: 'add', keyPackage }] }),
    'pendingCommit',
  );
  const staged = expectKind(
    await stageWelcome(suite, {
      welcome: pending.welcomes[0]!.bytes,
      ratchetTree: pending.ratchetTree,
      keyPackage: expectKind(decodeKeyPackageSecrets(suite, encodeKeyPackageSecrets(own)), 'ownKeyPackage'),
    }),
    'stagedJoin',
  );
  return [
    { signer: a.signer, state: pending.nextState },
    { signer: b.signer, state: mergeJoin(staged) },
  ];
}

function expectKind<Value extends { kind: string }, Kind extends Value['kind']>(
  value: Value,
  kind: Kind,
): Extract<Value, { kind: Kind }> {
  if (value.kind !== kind) throw new Error(`Expected ${kind}, got ${value.kind}`);
  return value as Extract<Value, { kind: Kind }>;
}

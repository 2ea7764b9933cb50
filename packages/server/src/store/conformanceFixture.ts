/** For the conformance suites of the store: accounts, conversations and what is appended to them. */
import { createHash, randomBytes } from 'node:crypto';
import { type AccountId, type ConversationId, type DeviceId, idFromBytes, idToBytes } from '@sotto/protocol';
import type {
  AppendDraft,
  Appended,
  CommitDraft,
  DepositRecord,
  MemberDeviceId,
  NewConversation,
  Store,
} from './store.ts';

export const nowMs = 1_800_000_000_000;

export function refusal(code: string) {
  return { kind: 'refused', error: { code } };
}

export function randomIdentity<Id extends AccountId | DeviceId | ConversationId>(): Id {
  return idFromBytes<Id>(randomBytes(16))!;
}

export function newDevice() {
  return { deviceId: randomIdentity<DeviceId>(), signatureKey: randomBytes(32), notAfterMs: 0 };
}

export function newAccount(username: string) {
  return {
    accountId: randomIdentity<AccountId>(),
    username,
    registrationRecord: 'record',
    vault: randomBytes(20),
    chainEntry: { seq: 0, body: randomBytes(40), signature: randomBytes(64) },
    device: newDevice(),
    inviteTokenHash: null,
    inviteNeeded: false,
    nowMs,
  };
}

export async function addAccount(store: Store, username: string): Promise<MemberDeviceId> {
  const account = newAccount(username);
  await store.createAccount(account);
  return { accountId: account.accountId, deviceId: account.device.deviceId };
}

export async function addDevice(store: Store, { accountId }: MemberDeviceId): Promise<MemberDeviceId> {
  const device = newDevice();
  const entry = { seq: 1, body: randomBytes(40), signature: createHash('sha512').update('x').digest() };
  await store.extendChain({ accountId, entry, added: [device], removed: [] });
  return { accountId, deviceId: device.deviceId };
}

export function adding(...added: MemberDeviceId[]): CommitDraft {
  return {
    commit: randomBytes(40),
    external: false,
    note: new Uint8Array(),
    added,
    removed: [],
    accountsAdded: [],
    accountsRemoved: [],
    groupInfo: randomBytes(10),
    ratchetTree: randomBytes(10),
    welcomes: added.map(({ deviceId }) => ({ deviceId, welcome: randomBytes(10) })),
    welcomeEnd: new Uint8Array(),
    deposits: [],
  };
}

export function depositOf(conversationId: ConversationId, epoch: bigint): DepositRecord {
  const [enc, sealed, signature] = [40, 48, 64].map((size) => randomBytes(size)) as [Buffer, Buffer, Buffer];
  return { conversationId: idToBytes(conversationId), epoch, enc, sealed, signature };
}

/** Ann and Bob, and the draft of their direct conversation, which is created unless told otherwise. */
export async function conversation(store: Store, { create = true } = {}) {
  const ann = await addAccount(store, 'ann');
  const bob = await addAccount(store, 'bob');
  const conversationId = randomIdentity<ConversationId>();
  const draft: NewConversation = {
    conversationId,
    sender: ann,
    transactionId: randomBytes(16),
    nowMs,
    directAccountIds: [ann.accountId, bob.accountId],
    commit: adding(bob),
  };
  if (create) await store.createConversation(draft);
  return { ann, bob, conversationId, draft };
}

export function message(
  conversationId: ConversationId,
  sender: MemberDeviceId,
  epoch: bigint,
  sizeBytes = 30,
): AppendDraft {
  const content = {
    kind: 'message' as const,
    body: randomBytes(sizeBytes),
    live: randomBytes(30),
    kept: null,
    passing: false,
    blobIds: [],
  };
  return { conversationId, sender, transactionId: randomBytes(16), nowMs, epoch, content };
}

export function commit(
  conversationId: ConversationId,
  sender: MemberDeviceId,
  epoch: bigint,
  draft: CommitDraft,
): AppendDraft {
  return {
    conversationId,
    sender,
    transactionId: randomBytes(16),
    nowMs,
    epoch,
    content: { kind: 'commit', commit: draft },
  };
}

export function watch(store: Store): Appended[] {
  const all: Appended[] = [];
  store.onAppended((appended) => all.push(...appended));
  return all;
}

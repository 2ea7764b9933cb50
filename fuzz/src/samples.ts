/** Real structures of every kind, from accounts and conversations made for it. */
import { toBinary } from '@bufbuild/protobuf';
import {
  type ConversationGroup,
  createVault,
  groupDelta,
  protectMessage,
  type Self,
  sealFile,
  sealSignal,
  suiteIds,
} from '@sotto/crypto';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  keyPackageOf,
  newTransaction,
  provider,
  TestAccount,
  type TestConversation,
} from '@sotto/crypto/testing';
import { ChainEntrySchema, type ClaimedKeyPackage, idToBytes, VaultSchema } from '@sotto/protocol';

export interface Samples {
  readonly conversation: TestConversation;
  readonly alice: TestAccount;
  readonly alices: Self;
  readonly bobs: Self;
  readonly atBob: ConversationGroup;
  readonly keyPackage: Pick<ClaimedKeyPackage, 'keyPackage'>;
  readonly privatePart: Uint8Array;
  readonly message: { readonly body: Uint8Array; readonly live: Uint8Array };
  readonly transactionId: ReturnType<typeof newTransaction>;
  readonly signal: Uint8Array;
  readonly pool: readonly Uint8Array[];
}

/** A conversation in the classical suite, because its smaller structures are fuzzed faster, and what it is made of. */
export async function createSamples(): Promise<Samples> {
  const alice = await TestAccount.create();
  await alice.addDevice();
  const bob = await TestAccount.create();
  const [alices, bobs] = [await deviceOf(alice), await deviceOf(bob)];
  const suite = suiteIds.x25519ChaCha20;
  const conversation = await createConversation([alices, bobs], suite);
  const [atAlice, atBob] = conversation.groups as [ConversationGroup, ConversationGroup];
  const transactionId = newTransaction();
  const content = new TextEncoder().encode('what is said');
  const message = accepted(await protectMessage(context, atAlice, alices.self, { content, transactionId }));
  const signal = await sealSignal(context, atAlice, alices.self, content);
  const hybrid = await keyPackageOf(alices);
  const classical = await keyPackageOf(bobs, suite);
  const vault = await createVault(provider, alice.accountId, alice.secrets, {
    exportKey: provider.randomBytes(64),
    recoverySecret: provider.randomBytes(20),
  });
  const file = await Array.fromAsync(sealFile(provider, new Uint8Array(32), [content]));
  const { append } = conversation.created;
  const pool = [
    idToBytes(alice.accountId),
    idToBytes(bob.accountId),
    idToBytes(alices.self.deviceId),
    idToBytes(conversation.conversationId),
    append.commit,
    append.groupInfo,
    append.ratchetTree,
    append.welcomes[0]!.welcome,
    message.body,
    message.live,
    signal,
    hybrid.claimed.keyPackage,
    classical.claimed.keyPackage,
    classical.own.privatePart,
    alices.self.credential,
    toBinary(VaultSchema, vault),
    toBinary(ChainEntrySchema, alice.entries[1]!),
    alice.entries[1]!.body,
    atBob.state.groupContext.extensions[1]!.data,
    conversation.created.encode(),
    encodeStored(atBob),
    Uint8Array.from(file.flatMap((part) => [...part])),
    content,
  ];
  return {
    conversation,
    alice,
    alices: alices.self,
    bobs: bobs.self,
    atBob,
    keyPackage: classical.claimed,
    privatePart: classical.own.privatePart,
    message,
    transactionId,
    signal,
    pool,
  };
}

/** As the decoder `conversationGroup` reads it: suite, then section, index, size and value of each record. */
function encodeStored(group: ConversationGroup): Uint8Array {
  const bytes = [group.suite >> 8, group.suite & 0xff];
  for (const { section, index, value } of groupDelta(null, group).put) {
    const at = ['core', 'tree', 'secrets', 'proposals'].indexOf(section);
    bytes.push(at, index >> 8, index & 0xff, value.length >> 8, value.length & 0xff, ...value);
  }
  return Uint8Array.from(bytes);
}

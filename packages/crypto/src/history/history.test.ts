import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes, suiteIds } from '@sotto/primitives';
import { type AccountId, limits, SignedContentSchema, type TransactionId } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sealBody } from '../envelope/body.ts';
import { protectMessage, signedBytes } from '../envelope/message.ts';
import { removeDevices } from '../group/ownCommits.ts';
import type { ConversationGroup, Deposit, KeptMessage, Self } from '../group/types.ts';
import { flipBit, provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  newTransaction,
  type TestDevice,
} from '../testing/conversation.ts';
import { accountItemSlot, openAccountItem, sealAccountItem } from './accountItem.ts';
import { createDeposit, openDeposit } from './deposit.ts';
import { historyKeyOf } from './historyKey.ts';
import { openKeptMessage } from './keptMessage.ts';
import { sealKept } from './keptWrap.ts';

let alice: TestDevice;
let bob: TestDevice;
let atAlice: ConversationGroup;
let atBob: ConversationGroup;
let other: ConversationGroup;
const content = new TextEncoder().encode('hello');

beforeAll(async () => {
  alice = await deviceOf(await TestAccount.create());
  bob = await deviceOf(await TestAccount.create());
  const { groups } = await createConversation([alice, bob], suiteIds.x25519ChaCha20);
  [atAlice, atBob] = groups as [ConversationGroup, ConversationGroup];
  [other] = (await createConversation([alice, bob], suiteIds.x25519ChaCha20)).groups as [ConversationGroup];
});

async function send(): Promise<KeptMessage> {
  const transactionId = newTransaction();
  const historyKey = historyKeyOf(atAlice);
  const sent = accepted(
    await protectMessage(context, atAlice, alice.self, { content, transactionId, historyKey }),
  );
  atAlice = sent.group;
  const { conversationId, epoch } = atAlice;
  return { conversationId, epoch, transactionId, body: sent.body, kept: sent.kept!, sender: alice.self };
}

/** As a member might make it that has the history key but not the other's device key. */
async function forge(claimed: Self, signer: Self): Promise<KeptMessage> {
  const { conversationId, epoch } = atBob;
  const transactionId = newTransaction();
  const signature = await signer.signingKey.sign(
    signedBytes(conversationId, epoch, transactionId, claimed, content),
  );
  const k = provider.randomBytes(32);
  const text = toBinary(SignedContentSchema, create(SignedContentSchema, { content, signature }));
  const body = sealBody(provider, k, text);
  const place = { conversationId, epoch, transactionId, sender: claimed };
  const kept = sealKept(provider, historyKeyOf(atBob), k, place, provider.sha256(body));
  return { ...place, body, kept };
}

async function outcome(message: KeptMessage, chain = alice.account.chain): Promise<string> {
  const opened = await openKeptMessage(provider, historyKeyOf(atBob), message, chain);
  return opened.kind === 'refused' ? opened.reason : new TextDecoder().decode(opened.content);
}

describe('history keys', () => {
  it('are the same for all in an epoch, and another in each epoch and conversation', async () => {
    expect(historyKeyOf(atAlice)).toEqual(historyKeyOf(atBob));
    expect(historyKeyOf(atAlice)).toHaveLength(32);
    expect(historyKeyOf(other)).not.toEqual(historyKeyOf(atAlice));
    const account = await TestAccount.create();
    const first = await deviceOf(account);
    const second = await deviceOf(account, await account.addDevice());
    const made = await createConversation([first, second], suiteIds.x25519ChaCha20);
    const [group] = made.groups;
    const removal = accepted(
      await removeDevices(context, group!, first.self, [second.self.deviceId], made.directory),
    );
    expect(historyKeyOf(removal.next)).not.toEqual(historyKeyOf(group!));
  });
});

describe('a kept message', () => {
  it('opens in any order, as often as wanted, to what was said', async () => {
    const [first, second] = [await send(), await send()];
    expect(await outcome(second)).toBe('hello');
    expect(await outcome(first)).toBe('hello');
    expect(await outcome(first)).toBe('hello');
  });

  it('stays attributable to a device that was removed since', async () => {
    const account = await TestAccount.create();
    const device = await deviceOf(account, await account.addDevice());
    const { groups } = await createConversation([device, bob], suiteIds.x25519ChaCha20);
    const [group] = groups as [ConversationGroup];
    const transactionId = newTransaction();
    const historyKey = historyKeyOf(group);
    const sent = accepted(
      await protectMessage(context, group, device.self, { content, transactionId, historyKey }),
    );
    await account.removeDevice(account.keys[1]!);
    expect(account.chain.devices.has(device.self.deviceId)).toBe(false);
    const { conversationId, epoch } = group;
    const message = { conversationId, epoch, transactionId, ...sent, kept: sent.kept!, sender: device.self };
    const opened = await openKeptMessage(provider, historyKey, message, account.chain);
    expect(accepted(opened).content).toEqual(content);
  });

  it('opens nowhere else, for nobody else, and under no other key', async () => {
    const message = await send();
    const elsewhere: [Partial<KeptMessage>, string][] = [
      [{ epoch: 2n }, 'kept_not_decryptable'],
      [{ conversationId: other.conversationId }, 'kept_not_decryptable'],
      [{ transactionId: newTransaction() as TransactionId }, 'kept_not_decryptable'],
      [{ sender: bob.self }, 'unknown_sender'],
      [{ body: (await send()).body }, 'kept_not_decryptable'],
      [{ body: new Uint8Array(3) }, 'malformed'],
      [{ body: new Uint8Array(limits.messageBodySizeBytes + 1) }, 'too_large'],
      [{ kept: { ...message.kept, nonce: new Uint8Array(23) } }, 'malformed'],
      [{ kept: { ...message.kept, sealed: new Uint8Array(0) } }, 'malformed'],
    ];
    for (const [change, reason] of elsewhere) expect(await outcome({ ...message, ...change })).toBe(reason);
    expect(await outcome({ ...message, sender: bob.self }, bob.account.chain)).toBe('kept_not_decryptable');
    expect(await openKeptMessage(provider, historyKeyOf(other), message, alice.account.chain)).toEqual({
      kind: 'refused',
      reason: 'kept_not_decryptable',
    });
  });

  it('is not taken from a member that lets another seem to have said it', async () => {
    expect(await outcome(await forge(alice.self, alice.self))).toBe('hello');
    expect(await outcome(await forge(alice.self, bob.self))).toBe('invalid_signature');
  });

  it('is refused with any bit of it changed', async () => {
    const message = await send();
    const { nonce, sealed } = message.kept;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: (24 + 48) * 8 - 1 }), async (bit) => {
        const changed = flipBit(concatBytes(nonce, sealed), bit);
        const kept = { nonce: changed.subarray(0, 24), sealed: changed.subarray(24) };
        expect(await outcome({ ...message, kept })).toBe('kept_not_decryptable');
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: message.body.length * 8 - 1 }), async (bit) => {
        expect(await outcome({ ...message, body: flipBit(message.body, bit) })).toBe('kept_not_decryptable');
      }),
      { numRuns: 30 },
    );
  });
});

describe('an account item', () => {
  const [first, second] = [1, 2].map((value) => new Uint8Array(32).fill(value)) as [Uint8Array, Uint8Array];
  const item = new TextEncoder().encode('read up to 7');

  it('opens with any of the account’s keys, in its slot, for its account', () => {
    const slot = accountItemSlot(provider, first, atAlice.conversationId);
    expect(slot).toHaveLength(16);
    expect(accountItemSlot(provider, first, other.conversationId)).not.toEqual(slot);
    expect(accountItemSlot(provider, second, atAlice.conversationId)).not.toEqual(slot);
    const place = { accountId: alice.account.accountId, slot };
    const sealed = sealAccountItem(provider, second, place, item);
    expect(openAccountItem(provider, [second, first], place, sealed)).toEqual(item);
    expect(openAccountItem(provider, [first, second], place, sealed)).toEqual(item);
    expect(openAccountItem(provider, [first], place, sealed)).toBeNull();
    expect(openAccountItem(provider, [second], { ...place, slot: new Uint8Array(16) }, sealed)).toBeNull();
    const elsewhere = { ...place, accountId: bob.account.accountId };
    expect(openAccountItem(provider, [second], elsewhere, sealed)).toBeNull();
  });

  it('never throws on what a server gives', () => {
    const place = { accountId: alice.account.accountId, slot: new Uint8Array(16) };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(openAccountItem(provider, [first], place, bytes)).toBeNull();
      }),
    );
  });
});

describe('a deposit', () => {
  const historyKey = new Uint8Array(32).fill(7);

  function deposit(recipient = bob.account): Promise<Deposit> {
    const { conversationId, epoch } = atAlice;
    return createDeposit(provider, alice.self, { conversationId, epoch, historyKey }, recipient.chain);
  }

  async function open(
    made: Deposit,
    changes: {
      recipient?: TestAccount;
      keys?: Uint8Array[];
      depositor?: TestDevice;
      accountId?: AccountId;
    } = {},
  ): Promise<string> {
    const { recipient = bob.account, depositor = alice } = changes;
    const opened = await openDeposit(
      provider,
      {
        accountId: changes.accountId ?? recipient.accountId,
        historyPrivateKeys: changes.keys ?? [recipient.secrets.historyPrivateKey],
      },
      made,
      depositor.self,
      depositor.account.chain,
    );
    if (opened.kind === 'refused') return opened.reason;
    expect(opened.historyKey).toEqual(historyKey);
    return 'opened';
  }

  it('opens for its account, with an earlier key pair as well', async () => {
    const made = await deposit();
    expect(await open(made)).toBe('opened');
    const newer = (await provider.hpke.generateKeyPair()).privateKey;
    expect(await open(made, { keys: [newer, bob.account.secrets.historyPrivateKey] })).toBe('opened');
    expect(await open(made, { keys: [newer] })).toBe('not_decryptable');
    expect(await open(made, { keys: [] })).toBe('not_decryptable');
  });

  it('is nobody else’s, of nothing else, and by nobody else', async () => {
    const made = await deposit();
    // Swapped between two accounts by the server.
    expect(await open(made, { recipient: alice.account })).toBe('invalid_signature');
    expect(await open(await deposit(alice.account))).toBe('invalid_signature');
    expect(await open({ ...made, epoch: 9n })).toBe('invalid_signature');
    expect(await open({ ...made, conversationId: other.conversationId })).toBe('invalid_signature');
    expect(await open(made, { depositor: bob })).toBe('invalid_signature');
    const stranger = await deviceOf(await TestAccount.create());
    const claimed = { self: stranger.self, account: alice.account };
    expect(await open(made, { depositor: claimed })).toBe('unknown_sender');
    expect(await open({ ...made, enc: new Uint8Array(limits.depositSizeBytes) })).toBe('malformed');
    expect(await open({ ...made, signature: new Uint8Array(0) })).toBe('invalid_signature');
  });

  it('is refused with any bit of it changed', async () => {
    const made = await deposit();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('enc' as const, 'sealed' as const, 'signature' as const),
        fc.nat(),
        async (part, bit) => {
          expect(await open({ ...made, [part]: flipBit(made[part], bit) })).toBe('invalid_signature');
        },
      ),
      { numRuns: 60 },
    );
  });
});

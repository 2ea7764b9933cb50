import { create, toBinary } from '@bufbuild/protobuf';
import { protect } from '@sotto/mls';
import { concatBytes, suiteIds } from '@sotto/primitives';
import { type DeviceId, limits, SignedContentSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { eraseGroup, withState } from '../group/conversationGroup.ts';
import type { ConversationGroup, MessageToOpen, Self } from '../group/types.ts';
import { flipBit, nowMs, provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  createConversation,
  deviceOf,
  newTransaction,
  type TestDevice,
} from '../testing/conversation.ts';
import { openBody, sealBody } from './body.ts';
import { passOverMessage, protectMessage, signedBytes, unprotectMessage } from './message.ts';
import { openSignal, sealSignal } from './signal.ts';

let alice: TestDevice;
let bob: TestDevice;
let atAlice: ConversationGroup;
let atBob: ConversationGroup;
const content = new TextEncoder().encode('hello');

beforeAll(async () => {
  alice = await deviceOf(await TestAccount.create());
  bob = await deviceOf(await TestAccount.create());
  const { groups } = await createConversation([alice, bob], suiteIds.x25519ChaCha20);
  [atAlice, atBob] = groups as [ConversationGroup, ConversationGroup];
});

async function send(text: Uint8Array = content): Promise<MessageToOpen> {
  const transactionId = newTransaction();
  const sent = accepted(await protectMessage(context, atAlice, alice.self, { content: text, transactionId }));
  atAlice = sent.group;
  return { body: sent.body, live: sent.live, transactionId, sender: alice.self };
}

/** A message as a member with a client of its own might make it. */
async function sendForged(change: {
  signer?: Self;
  claimed?: Self;
  body?: (k: Uint8Array) => Uint8Array;
  wrap?: (k: Uint8Array, hash: Uint8Array) => Uint8Array;
}): Promise<MessageToOpen> {
  const transactionId = newTransaction();
  const { conversationId, epoch } = atAlice;
  const claimed = change.claimed ?? alice.self;
  const signature = await (change.signer ?? claimed).signingKey.sign(
    signedBytes(conversationId, epoch, transactionId, claimed, content),
  );
  const k = provider.randomBytes(32);
  const text = toBinary(SignedContentSchema, create(SignedContentSchema, { content, signature }));
  const body = change.body?.(k) ?? sealBody(provider, k, text);
  const hash = provider.sha256(body);
  const wrap = change.wrap?.(k, hash) ?? concatBytes(k, hash);
  const live = accepted(await protect(atAlice.state, alice.self.signingKey, wrap));
  atAlice = withState(atAlice, live.state);
  return { body, live: live.bytes, transactionId, sender: alice.self };
}

async function reasonOf(message: MessageToOpen): Promise<string> {
  const result = await unprotectMessage(context, atBob, message);
  return result.kind === 'refused' ? result.reason : 'accepted';
}

describe('message', () => {
  it('opens to what was said, and by whom', async () => {
    const first = await send();
    const second = await send(new Uint8Array(0));
    const opened = accepted(await unprotectMessage(context, atBob, first));
    expect(opened.content).toEqual(content);
    const { accountId, deviceId } = alice.self;
    expect(opened.sender).toEqual({ accountId, deviceId });
    const later = accepted(await unprotectMessage(context, opened.group, second));
    expect(later.content).toEqual(new Uint8Array(0));
    atBob = later.group;
  });

  it('that was left out does not open once a later one did, or it was passed over', async () => {
    const leftOut = await send();
    const never = await send();
    const next = await send();
    const first = accepted(await unprotectMessage(context, atBob, await send()));
    expect(await unprotectMessage(context, first.group, leftOut)).toMatchObject({ reason: 'replayed' });
    atBob = first.group;
    expect(await reasonOf(never)).toBe('replayed');
    expect(await reasonOf(next)).toBe('replayed');

    const gone = await send();
    const known = await send();
    atBob = await passOverMessage(atBob, alice.self);
    expect(await reasonOf(gone)).toBe('replayed');
    const { accountId } = alice.self;
    expect(await passOverMessage(atBob, { accountId, deviceId: bob.self.deviceId })).toBe(atBob);
    expect(await passOverMessage(atBob, bob.self)).toBe(atBob);
    atBob = accepted(await unprotectMessage(context, atBob, known)).group;
  });

  it('says little of its size, and keeps within the limits', async () => {
    const short = await send(new Uint8Array(1));
    const longer = await send(new Uint8Array(100));
    expect(short.body.length).toBe(longer.body.length);
    expect(short.body.length).toBe(32 + 256 + 16);
    expect(short.live.length).toBeLessThanOrEqual(limits.messageLiveSizeBytes);
    const text = await send(new Uint8Array(limits.textSizeBytes + 64));
    expect(text.body.length).toBeLessThanOrEqual(limits.messageBodySizeBytes);
    const huge = { content: new Uint8Array(limits.messageBodySizeBytes), transactionId: newTransaction() };
    const refused = await protectMessage(context, atAlice, alice.self, huge);
    expect(refused).toMatchObject({ kind: 'refused', reason: 'too_large' });
  });

  it('is refused when replayed, after a reload as well', async () => {
    const message = await send();
    const opened = accepted(await unprotectMessage(context, atBob, message));
    atBob = opened.group;
    expect(await reasonOf(message)).toBe('replayed');
  });

  it('is refused where body, live part, transaction or sender are not those it was made with', async () => {
    const message = await send();
    const other = await send();
    const size = message.body.length;
    const stranger = { ...alice.self, deviceId: bob.self.deviceId };
    const cases: [Partial<MessageToOpen>, string][] = [
      [{ body: flipBit(message.body, 0) }, 'body_mismatch'],
      [{ body: flipBit(message.body, size * 8 - 1) }, 'body_mismatch'],
      [{ body: other.body }, 'body_mismatch'],
      [{ body: message.body.subarray(0, size - 1) }, 'malformed'],
      [{ body: new Uint8Array(limits.messageBodySizeBytes + 1) }, 'too_large'],
      [{ live: other.live }, 'body_mismatch'],
      [{ live: new Uint8Array(0) }, 'malformed'],
      [{ live: new Uint8Array(limits.messageLiveSizeBytes + 1) }, 'too_large'],
      [{ live: message.live.subarray(0, -1) }, 'malformed'],
      [{ transactionId: other.transactionId }, 'invalid_signature'],
      [{ sender: bob.self }, 'sender_mismatch'],
      [{ sender: stranger }, 'sender_mismatch'],
    ];
    for (const [change, reason] of cases) expect(await reasonOf({ ...message, ...change })).toBe(reason);
    expect(await reasonOf(message)).toBe('accepted');
  });

  it('has no bit that can be turned', async () => {
    const message = await send();
    await fc.assert(
      fc.asyncProperty(fc.nat(message.live.length * 8 - 1), async (bit) => {
        expect(await reasonOf({ ...message, live: flipBit(message.live, bit) })).not.toBe('accepted');
      }),
      { numRuns: 150 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(message.body.length * 8 - 1), async (bit) => {
        expect(await reasonOf({ ...message, body: flipBit(message.body, bit) })).toBe('body_mismatch');
      }),
      { numRuns: 30 },
    );
    expect(await reasonOf(message)).toBe('accepted');
  });

  it('is refused when a member made it wrongly, and the ratchet has moved', async () => {
    const cases: [Parameters<typeof sendForged>[0], string][] = [
      [{}, 'accepted'],
      [{ signer: bob.self }, 'invalid_signature'],
      [{ claimed: bob.self }, 'invalid_signature'],
      [{ wrap: (k) => k }, 'malformed'],
      [{ wrap: (k, hash) => concatBytes(k, hash, Uint8Array.of(0)) }, 'malformed'],
      [{ wrap: (k, hash) => concatBytes(flipBit(k, 1), hash) }, 'wrong_key'],
      [{ body: () => new Uint8Array(304) }, 'wrong_key'],
      [{ body: (k) => flipBit(sealBody(provider, k, content), 300) }, 'body_not_decryptable'],
      [{ body: (k) => sealBody(provider, k, Uint8Array.of(0xff)) }, 'malformed'],
      [{ body: (k) => sealBody(provider, k, new Uint8Array(0)) }, 'invalid_signature'],
    ];
    for (const [change, reason] of cases) {
      const message = await sendForged(change);
      const result = await unprotectMessage(context, atBob, message);
      expect(result.kind === 'refused' ? result.reason : 'accepted').toBe(reason);
      atBob = result.group;
      expect(await reasonOf(message)).toBe('replayed');
    }
  });

  it('is refused by another conversation and by its own sender', async () => {
    const message = await send();
    const other = await createConversation([alice, bob], suiteIds.x25519ChaCha20);
    const elsewhere = await unprotectMessage(context, other.groups[1]!, message);
    expect(elsewhere).toMatchObject({ reason: 'wrong_conversation' });
    expect(await unprotectMessage(context, atAlice, message)).toMatchObject({ reason: 'own_message' });
  });

  it('finds no use for a group that has been erased', async () => {
    const { groups } = await createConversation([alice, bob], suiteIds.x25519ChaCha20);
    const sent = accepted(
      await protectMessage(context, groups[0]!, alice.self, { content, transactionId: newTransaction() }),
    );
    const message = { ...sent, transactionId: newTransaction(), sender: alice.self };
    eraseGroup(groups[1]!, null);
    await expect(unprotectMessage(context, groups[1]!, message)).rejects.toThrow('erased');
  });
});

describe('body', () => {
  it('opens under its own key only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(255), (text, bit) => {
        const k = provider.randomBytes(32);
        const body = sealBody(provider, k, text);
        expect(openBody(provider, k, body)).toEqual({ kind: 'opened', text });
        expect(openBody(provider, flipBit(k, bit), body)).toEqual({ kind: 'refused', reason: 'wrong_key' });
      }),
    );
  });

  it('opens or is refused, whatever the bytes', () => {
    const k = provider.randomBytes(32);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(openBody(provider, k, bytes).kind).toBe('refused');
      }),
    );
  });
});

describe('signal', () => {
  it('opens for members of the epoch, with its time', async () => {
    const fine = { ...context, nowMs: nowMs + 0.4 };
    const payload = await sealSignal(fine, atAlice, alice.self, content);
    const { accountId, deviceId } = alice.self;
    expect(await openSignal(context, atBob, { payload, sender: alice.self })).toEqual({
      kind: 'signal',
      content,
      sender: { accountId, deviceId },
      sentAtMs: nowMs,
    });
    expect(payload.length).toBeLessThanOrEqual(limits.signalSizeBytes);
    const largest = await sealSignal(context, atAlice, alice.self, new Uint8Array(512));
    expect(largest.length).toBeLessThanOrEqual(limits.signalSizeBytes);
    await expect(sealSignal(context, atAlice, alice.self, new Uint8Array(513))).rejects.toThrow(RangeError);
  });

  it('is refused from another sender, another group, or changed anywhere', async () => {
    const payload = await sealSignal(context, atAlice, alice.self, content);
    const open = async (signal: { payload: Uint8Array; sender: Self }, group = atBob) => {
      const result = await openSignal(context, group, signal);
      return result.kind === 'refused' ? result.reason : 'accepted';
    };
    expect(await open({ payload, sender: bob.self })).toBe('invalid_signature');
    const nobody = { ...alice.self, deviceId: '00'.repeat(16) as DeviceId };
    expect(await open({ payload, sender: nobody })).toBe('unknown_sender');
    expect(await open({ payload: new Uint8Array(5), sender: alice.self })).toBe('malformed');
    expect(await open({ payload: new Uint8Array(2000), sender: alice.self })).toBe('too_large');
    const other = await createConversation([alice, bob], suiteIds.x25519ChaCha20);
    expect(await open({ payload, sender: alice.self }, other.groups[1]!)).toBe('not_decryptable');
    await fc.assert(
      fc.asyncProperty(fc.nat(payload.length * 8 - 1), async (bit) => {
        expect(await open({ payload: flipBit(payload, bit), sender: alice.self })).toBe('not_decryptable');
      }),
      { numRuns: 50 },
    );
  });
});

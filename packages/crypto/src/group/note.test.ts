/** Notes beside commits: what they say to members and to those who come, and notes that lie. */
import { create, toBinary } from '@bufbuild/protobuf';
import { type AccountId, ContentSchema, type InviteId, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { historyKeyOf } from '../history/historyKey.ts';
import { flipBit, provider } from '../testing/account.ts';
import { accepted, context, newTransaction, type TestDevice } from '../testing/conversation.ts';
import { GroupWorld } from '../testing/groupWorld.ts';
import { decodeDetails, encodeDetails, isGroupName, isGroupPhoto } from './details.ts';
import { createNote, decodeNote, openNote, sealNote } from './note.ts';
import { noteFits } from './noteChanges.ts';
import type {
  EncodedDetails,
  GroupDetails,
  GroupEvent,
  NotedChange,
  NotePlace,
  OpenedNote,
} from './policyTypes.ts';
import type { PendingCommit } from './types.ts';

let people: TestDevice[];
let world: GroupWorld;
let anna: TestDevice;
let ben: TestDevice;
let dora: TestDevice;
const none = new Uint8Array(0);
const before: GroupDetails = { name: 'Choir', photo: none, description: '' };
const after: GroupDetails = {
  name: 'Choir of the north',
  photo: Uint8Array.of(0xff, 0xd8, 0xff, 1),
  description: 'Sings',
};
let encodedBefore: EncodedDetails;
let encodedAfter: EncodedDetails;

const idOf = (person: TestDevice): AccountId => person.self.accountId;

beforeAll(async () => {
  people = await GroupWorld.people(4);
  [anna, ben, , dora] = people as [TestDevice, TestDevice, TestDevice, TestDevice];
  encodedBefore = encodeDetails(provider, before);
  encodedAfter = encodeDetails(provider, after);
});

beforeEach(async () => {
  world = await GroupWorld.create(people, 3, { detailsHash: encodedBefore.hash });
});

function placeOf(by: TestDevice, pending: PendingCommit): NotePlace {
  const { conversationId, epoch } = pending.next;
  return { conversationId, epoch, transactionId: newTransaction(), sender: by.self };
}

/** Anna renames the group; the note as she seals it, where it stands, and what Ben sees of the commit. */
async function rename() {
  const pending = accepted(await world.propose(anna, { kind: 'details', detailsHash: encodedAfter.hash }));
  const place = placeOf(anna, pending);
  const note = await createNote(context, anna.self, pending, {
    transactionId: place.transactionId,
    details: encodedAfter.encoded,
    detailsBefore: before,
  });
  const [staged] = await world.spread(anna, pending);
  return { note, place, events: staged!.groupEvents };
}

const historyKeyAt = (person: TestDevice) => historyKeyOf(world.at(person));

describe('a note', () => {
  it('tells members and later readers what the commit did, and the details', async () => {
    const { note, place, events } = await rename();
    const opened = accepted(await openNote(provider, historyKeyAt(ben), note, place, anna.account.chain));
    expect(opened).toMatchObject({
      sentAtMs: context.nowMs,
      changes: [{ kind: 'renamed', name: after.name }, { kind: 'photo' }, { kind: 'description' }],
      details: { decoded: after },
    });
    const policy = world.policyAt(ben);
    expect(noteFits(provider, opened, { policy, events, detailsBefore: before })).toBe(true);
    expect(noteFits(provider, opened, { policy, events, detailsBefore: null })).toBe(true);
    expect(note.length).toBeLessThan(limits.noteSizeBytes);
  });

  it('gives those who come the details and the keys of links', async () => {
    const { accountIds, devices, own } = await world.invitation([dora]);
    const invite = {
      inviteId: '11'.repeat(16) as InviteId,
      verifyKey: new Uint8Array(32).fill(3),
      expiresAtMs: 1,
      needsApproval: true,
      singleUse: false,
    };
    await world.change(anna, { kind: 'makeInvite', invite });
    const pending = accepted(await world.propose(anna, { kind: 'add', accountIds, devices }));
    const place = placeOf(anna, pending);
    const inviteKeys = [{ inviteId: invite.inviteId, key: new Uint8Array(32).fill(9) }];
    const note = await createNote(context, anna.self, pending, {
      transactionId: place.transactionId,
      details: encodedBefore.encoded,
      inviteKeys,
    });
    await world.spread(anna, pending, [{ person: dora, own: own[0]! }]);
    const opened = accepted(await openNote(provider, historyKeyAt(dora), note, place, anna.account.chain));
    expect(opened.inviteKeys).toEqual(inviteKeys);
    const atDora = { policy: world.policyAt(dora), events: null, detailsBefore: null };
    expect(noteFits(provider, opened, atDora)).toBe(true);
    expect(noteFits(provider, { ...opened, details: null }, atDora)).toBe(false);
    const unknown = [{ ...inviteKeys[0]!, inviteId: '12'.repeat(16) as InviteId }];
    expect(noteFits(provider, { ...opened, inviteKeys: unknown }, atDora)).toBe(false);
  });

  it('opens at its place, from its committer and with its epoch’s key only', async () => {
    const { note, place } = await rename();
    const key = historyKeyAt(ben);
    const reason = async (...[a, b, c, d]: [Uint8Array, Uint8Array, NotePlace, TestDevice]) => {
      const opened = await openNote(provider, a, b, c, d.account.chain);
      return opened.kind === 'refused' ? opened.reason : 'opened';
    };
    expect(await reason(key, note, place, anna)).toBe('opened');
    expect(await reason(key, note, { ...place, epoch: place.epoch + 1n }, anna)).toBe('not_decryptable');
    expect(await reason(key, note, { ...place, transactionId: newTransaction() }, anna)).toBe(
      'not_decryptable',
    );
    expect(await reason(key, note, { ...place, sender: ben.self }, ben)).toBe('not_decryptable');
    expect(await reason(key, note, place, ben)).toBe('unknown_sender');
    expect(await reason(new Uint8Array(32), note, place, anna)).toBe('not_decryptable');
    expect(await reason(key, new Uint8Array(39), place, anna)).toBe('malformed');
    expect(await reason(key, new Uint8Array(limits.noteSizeBytes + 1), place, anna)).toBe('too_large');
    await fc.assert(
      fc.asyncProperty(fc.nat(note.length * 8 - 1), async (bit) => {
        expect(await reason(key, flipBit(note, bit), place, anna)).toBe('not_decryptable');
      }),
      { numRuns: 50 },
    );
  });

  it('that a member without the committer’s key makes is not taken', async () => {
    const { place } = await rename();
    const content = toBinary(
      ContentSchema,
      create(ContentSchema, { kind: { case: 'groupNote', value: {} } }),
    );
    const forged = await sealNote(provider, ben.self, place, historyKeyAt(ben), content);
    const opened = await openNote(provider, historyKeyAt(ben), forged, place, anna.account.chain);
    expect(opened).toMatchObject({ reason: 'invalid_signature' });
  });

  it('is nothing else that its committer signed', async () => {
    const { place } = await rename();
    const contents = [
      create(ContentSchema, { kind: { case: 'text', value: { text: 'hello' } } }),
      create(ContentSchema, {}),
    ];
    for (const content of contents) {
      const other = await sealNote(
        provider,
        anna.self,
        place,
        historyKeyAt(anna),
        toBinary(ContentSchema, content),
      );
      const opened = await openNote(provider, historyKeyAt(ben), other, place, anna.account.chain);
      expect(opened).toMatchObject({ reason: 'malformed' });
    }
  });
});

describe('a note that lies does not fit', () => {
  const events: GroupEvent[] = [{ kind: 'details' }];
  const fits = (note: Partial<OpenedNote>, seen = events, known: GroupDetails | null = before) => {
    const { policy } = world.at(ben);
    if (policy.kind !== 'group') throw new Error('not a group');
    const whole: OpenedNote = {
      kind: 'note',
      sentAtMs: 0,
      changes: [],
      details: { encoded: encodedAfter.encoded, decoded: after },
      inviteKeys: [],
      ...note,
    };
    return noteFits(provider, whole, {
      policy: { ...policy, detailsHash: encodedAfter.hash },
      events: seen,
      detailsBefore: known,
    });
  };
  const renamed: NotedChange = { kind: 'renamed', name: after.name };
  const whole: NotedChange[] = [renamed, { kind: 'photo' }, { kind: 'description' }];

  it('about the details', () => {
    expect(fits({ changes: whole })).toBe(true);
    expect(fits({ changes: whole, details: null })).toBe(false);
    const other = encodeDetails(provider, after);
    expect(fits({ changes: whole, details: { encoded: other.encoded, decoded: after } })).toBe(false);
    expect(fits({ changes: [renamed] })).toBe(false);
    expect(fits({ changes: [] })).toBe(false);
    expect(fits({ changes: [{ kind: 'renamed', name: 'Nonsense' }, ...whole.slice(1)] })).toBe(false);
    expect(fits({ changes: [renamed] }, events, null)).toBe(true);
    expect(fits({ changes: [{ kind: 'renamed', name: 'Nonsense' }] }, events, null)).toBe(false);
    expect(fits({ changes: [] }, events, null)).toBe(false);
    expect(fits({ changes: whole }, [], null)).toBe(false);
    expect(fits({ changes: whole }, [])).toBe(false);
  });

  it('about who came, went or was given a role', () => {
    const [one, two] = [idOf(ben), idOf(dora)];
    const promoted: GroupEvent[] = [{ kind: 'promoted', accountIds: [one] }];
    expect(fits({ changes: [{ kind: 'promoted', accountIds: [one] }] }, promoted)).toBe(true);
    expect(fits({ changes: [{ kind: 'promoted', accountIds: [two] }] }, promoted)).toBe(false);
    expect(fits({ changes: [{ kind: 'demoted', accountIds: [one] }] }, promoted)).toBe(false);
    expect(fits({ changes: [] }, promoted)).toBe(false);
    expect(fits({ changes: [{ kind: 'left', accountId: two }] }, [{ kind: 'left', accountId: one }])).toBe(
      false,
    );
    expect(fits({ changes: [{ kind: 'left', accountId: one }] }, [{ kind: 'left', accountId: one }])).toBe(
      true,
    );
    expect(fits({ changes: [] }, [{ kind: 'gone', accountIds: [one] }])).toBe(true);
    expect(fits({ changes: [{ kind: 'deleted' }] }, [])).toBe(false);
    const { rights } = world.policyAt(ben);
    const pinning = { ...rights, pin: 'owner' } as const;
    expect(fits({ changes: [{ kind: 'rights', rights }] }, [{ kind: 'rights', rights: pinning }])).toBe(
      false,
    );
    expect(
      fits({ changes: [{ kind: 'sharesHistory', shares: true }] }, [
        { kind: 'sharesHistory', shares: false },
      ]),
    ).toBe(false);
    expect(
      fits({ changes: [{ kind: 'inviteMade' }] }, [
        { kind: 'inviteRevoked', inviteId: '00'.repeat(16) as InviteId },
      ]),
    ).toBe(false);
  });
});

describe('details and notes', () => {
  const details = fc.record({
    name: fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }).filter(isGroupName),
    photo: fc.oneof(
      fc.constant(none),
      fc.uint8Array({ maxLength: 100 }).map((rest) => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, ...rest)),
    ),
    description: fc.string({ maxLength: 1000 }),
  });

  it('read back as they were written, with a hash that cannot be guessed', () => {
    fc.assert(
      fc.property(details, (one) => {
        const { encoded, hash } = encodeDetails(provider, one);
        expect(decodeDetails(encoded)).toEqual(one);
        expect(encodeDetails(provider, one).hash).not.toEqual(hash);
      }),
    );
  });

  it('are refused where too long, empty, or no picture', () => {
    const bad: GroupDetails[] = [
      { ...before, name: '' },
      { ...before, name: ' \u00a0' },
      { ...before, name: 'two\nlines' },
      { ...before, name: 'x'.repeat(101) },
      { ...before, description: 'x'.repeat(1001) },
      { ...before, photo: new TextEncoder().encode('<svg onload="x"/>') },
      { ...before, photo: new Uint8Array(limits.groupPhotoSizeBytes + 1).fill(0xff) },
    ];
    for (const one of bad) expect(() => encodeDetails(provider, one)).toThrow(RangeError);
    expect(decodeDetails(new Uint8Array(limits.groupPhotoSizeBytes + 9000))).toBeNull();
    expect(isGroupPhoto(Uint8Array.of(...'RIFF1234WEBP'.split('').map((one) => one.charCodeAt(0))))).toBe(
      true,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = decodeDetails(bytes);
        expect(read === null || isGroupName(read.name)).toBe(true);
        decodeNote(bytes);
      }),
    );
  });
});

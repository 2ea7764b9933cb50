import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { describe, expect, it } from 'vitest';
import { encodeWith } from './codec/writer.ts';
import {
  createGroup,
  createKeyPackage,
  defaultCapabilities,
  type Extension,
  epochAuthenticator,
  erasePendingCommit,
  eraseStaged,
  exportSecret,
  extensionTypes,
  groupInfo,
  mergeJoin,
  type PskLookup,
  protect,
  resumptionPsk,
  stageWelcome,
  unprotect,
  verifyGroupInfo,
  verifyKeyPackage,
  welcomeRecipients,
} from './index.ts';
import { writeRequiredCapabilities } from './structs/capabilities.ts';
import { writeExternalSenders } from './structs/externalSenders.ts';
import { greaseValues, isGrease } from './structs/registry.ts';
import { accepted, toHex } from './testing/bytes.ts';
import { Device, groupOf, policy, testGroupId, testLifetime } from './testing/device.ts';
import { forgeMessage } from './testing/forge.ts';

/** What the engine offers beyond adding, removing and talking, each with its own refusals: one list, though long. */

const suite = (await loadNodeProvider()).suite(suiteIds.x25519ChaCha20);
type Pair = [Device, Device, Device];
const privateType = 0xf001;

function required(extensions: number[], proposals: number[] = [], credentials: number[] = []): Extension {
  const data = encodeWith({ extensions, proposals, credentials }, writeRequiredCapabilities);
  return { type: extensionTypes.requiredCapabilities, data };
}

async function ourGroup(device: Device, extra: Partial<Parameters<typeof createGroup>[2]>): Promise<void> {
  const { credential } = device;
  const options = { groupId: testGroupId, credential, lifetime: testLifetime, ...extra };
  device.state = accepted(await createGroup(suite, device.signer, options));
}

describe('capabilities', () => {
  it('that the group requires keep out whoever lacks them', async () => {
    const alice = await Device.make(suite, 'alice');
    const capabilities = defaultCapabilities(suite, { extensions: [privateType] });
    const groupExtensions = [required([privateType]), { type: privateType, data: new Uint8Array([1]) }];
    await ourGroup(alice, { capabilities, groupExtensions });
    const bob = await Device.make(suite, 'bob');
    const add = { kind: 'add', keyPackage: await bob.publish() } as const;
    await expect(alice.commit([add])).rejects.toThrow('capabilities_missing');
    const { credential, signer } = bob;
    const able = await createKeyPackage(suite, signer, { credential, capabilities, lifetime: testLifetime });
    const keyPackage = accepted(await verifyKeyPackage(suite, able.bytes, policy));
    expect((await alice.commit([{ kind: 'add', keyPackage }])).summary.added).toHaveLength(1);
  });

  it('of all members bound what the group may come to require', async () => {
    const [alice] = (await groupOf(suite, 2)) as Pair;
    for (const extensions of [[required([privateType])], [{ type: privateType, data: new Uint8Array(0) }]]) {
      const change = { kind: 'groupContextExtensions', extensions } as const;
      await expect(alice.commit([change])).rejects.toThrow('capabilities_missing');
    }
    const twice = [required([]), required([])];
    const change = { kind: 'groupContextExtensions', extensions: twice } as const;
    await expect(alice.commit([change])).rejects.toThrow('invalid_extensions');
  });

  it('may hold GREASE, which means nothing', async () => {
    expect(greaseValues.every(isGrease)).toBe(true);
    expect(greaseValues).toHaveLength(15);
    expect([0x0a1a, 0xfafa, 3, 0x0aaa].some(isGrease)).toBe(false);
    const [alice] = (await groupOf(suite, 1)) as Pair;
    const bob = await Device.make(suite, 'bob');
    const [grease] = greaseValues as [number];
    const capabilities = defaultCapabilities(suite, {
      extensions: [grease],
      proposals: [grease],
      credentials: [grease],
      cipherSuites: [grease],
    });
    const own = await createKeyPackage(suite, bob.signer, {
      credential: bob.credential,
      capabilities,
      lifetime: testLifetime,
      extensions: [{ type: grease, data: new Uint8Array([1, 2]) }],
      keyPackageExtensions: [{ type: grease, data: new Uint8Array(0) }],
    });
    const keyPackage = accepted(await verifyKeyPackage(suite, own.bytes, policy));
    const pending = await alice.commit([{ kind: 'add', keyPackage }]);
    const welcome = pending.welcomes[0]!.bytes;
    expect(welcomeRecipients(welcome)).toEqual([own.reference]);
    const join = await stageWelcome(suite, { welcome, keyPackage: own, ratchetTree: pending.ratchetTree });
    expect(accepted(join).adder.leafIndex).toBe(0);
  });
});

describe('what the engine does not know', () => {
  it('is carried: proposals and extensions of leaf, KeyPackage, group and GroupInfo', async () => {
    const alice = await Device.make(suite, 'alice');
    const bob = await Device.make(suite, 'bob');
    const [grease] = greaseValues as [number];
    const capabilities = defaultCapabilities(suite, {
      versions: [0x0a0a, 2],
      extensions: [privateType, ...greaseValues],
      proposals: [privateType, grease],
      credentials: [grease, 0xf00f],
    });
    const data = Uint8Array.of(1, 2, 3);
    const unknown = [
      { type: privateType, data },
      { type: grease, data },
    ];
    const groupExtensions = [required([privateType], [privateType], [0xf00f]), ...unknown];
    await ourGroup(alice, { capabilities, extensions: unknown, groupExtensions });
    const own = await createKeyPackage(suite, bob.signer, {
      credential: bob.credential,
      capabilities,
      lifetime: testLifetime,
      extensions: unknown,
      keyPackageExtensions: unknown,
    });
    const keyPackage = accepted(await verifyKeyPackage(suite, own.bytes, policy));
    expect(keyPackage.keyPackage.extensions).toEqual(unknown);
    const groupInfoExtensions = unknown;
    const pending = await alice.commit([{ kind: 'add', keyPackage }], { groupInfoExtensions });
    const { ratchetTree } = pending;
    const given = { welcome: pending.welcomes[0]!.bytes, keyPackage: own, ratchetTree };
    const join = accepted(await stageWelcome(suite, given));
    expect(join.extensions).toEqual(groupExtensions);
    expect(join.own.leafNode.extensions).toEqual(unknown);
    const info = accepted(await verifyGroupInfo(suite, pending.groupInfo, ratchetTree));
    expect(info.extensions.slice(1)).toEqual(unknown);
    bob.become(mergeJoin(join));
    alice.become(pending.nextState);
    bob.restart();
    expect(await alice.read(await bob.send('carried'))).toBe('carried');
  });
});

describe('x509 credentials', () => {
  it('are carried through adding, storing, committing and joining from outside', async () => {
    const certificates = [Uint8Array.of(0x30, 1, 2), new Uint8Array(2000).fill(7)];
    const credential = { kind: 'x509', certificates } as const;
    const capabilities = defaultCapabilities(suite, { credentials: [2] });
    const alice = await Device.make(suite, 'alice');
    const bob = await Device.make(suite, 'bob');
    const phone = await Device.make(suite, 'phone');
    await ourGroup(alice, { capabilities, credential });
    const own = await createKeyPackage(suite, bob.signer, {
      credential,
      capabilities,
      lifetime: testLifetime,
    });
    const keyPackage = accepted(await verifyKeyPackage(suite, own.bytes, policy));
    const pending = await alice.commit([{ kind: 'add', keyPackage }]);
    const { ratchetTree } = pending;
    const given = { welcome: pending.welcomes[0]!.bytes, keyPackage: own, ratchetTree };
    bob.become(mergeJoin(accepted(await stageWelcome(suite, given))));
    alice.become(pending.nextState);
    bob.restart();
    const joining = await phone.joinExternally(pending, { credential, capabilities });
    for (const device of [alice, bob]) {
      expect(await device.receive(joining.commitMessage)).toMatchObject({
        summary: { committer: { joiner: { credential } } },
      });
    }
    phone.become(joining.nextState);
    const update = await bob.commit([], { wireFormat: 'public' });
    expect(await alice.receive(update.commitMessage)).toMatchObject({
      summary: { updated: [{ before: { credential }, after: { credential } }] },
    });
    expect(await phone.receive(update.commitMessage)).toMatchObject({ kind: 'stagedCommit' });
    bob.become(update.nextState);
    expect(toHex(epochAuthenticator(phone.active))).toBe(toHex(epochAuthenticator(bob.active)));
  });
});

describe('messages', () => {
  it('carry authenticated data and padding, in the open and encrypted', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const authenticatedData = Uint8Array.of(9, 9);
    const sizes: number[] = [];
    for (const length of [0, 1, 100, 250]) {
      const padding = (size: number): number => Math.ceil(size / 512) * 512;
      const sent = accepted(
        await protect(alice.active, alice.signer, new Uint8Array(length), { authenticatedData, padding }),
      );
      alice.become(sent.state);
      sizes.push(sent.bytes.length);
      expect(await bob.receive(sent.bytes)).toMatchObject({ kind: 'application', authenticatedData });
    }
    expect(new Set(sizes).size).toBe(1);
    for (const wireFormat of ['public', 'private'] as const) {
      const padding = (size: number): number => size + 100;
      const pending = await alice.commit([], { wireFormat, authenticatedData, padding });
      expect(await bob.receive(pending.commitMessage)).toMatchObject({ summary: { authenticatedData } });
      alice.become(pending.nextState);
    }
  });
});

describe('leaf contents', () => {
  it('and signature key can change with a path', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const newSigner = await suite.signature.importKey(suite.signature.generateSeed());
    const pending = await alice.commit([], { newSigner });
    const staged = await bob.receive(pending.commitMessage);
    expect(staged).toMatchObject({
      summary: { updated: [{ after: { signatureKey: newSigner.publicKey } }] },
    });
    alice.become(pending.nextState);
    const data = new Uint8Array([1]);
    expect(await protect(alice.active, alice.signer, data)).toMatchObject({
      kind: 'refused',
      reason: 'invalid_signature',
    });
    const sent = accepted(await protect(alice.active, newSigner, data));
    expect((await bob.receive(sent.bytes)).kind).toBe('application');
  });
});

describe('pre-shared keys', () => {
  it('of an earlier epoch of the group mix in, and must be known', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const kept = resumptionPsk(alice.active);
    const { epoch } = alice.active.groupContext;
    const update = await alice.commit([]);
    await bob.receive(update.commitMessage);
    alice.become(update.nextState);
    const psk = { kind: 'resumption', usage: 'application', groupId: testGroupId, epoch } as const;
    const psks: PskLookup = () => kept;
    const pending = await alice.commit([{ kind: 'psk', psk }], { psks });
    expect(pending.summary.psks).toEqual([psk]);
    expect(await bob.receive(pending.commitMessage)).toMatchObject({
      kind: 'refused',
      reason: 'unknown_psk',
    });
    expect((await bob.receive(pending.commitMessage, { psks: () => new Uint8Array(32) })).kind).toBe(
      'refused',
    );
    expect((await bob.receive(pending.commitMessage, { psks })).kind).toBe('stagedCommit');
    alice.become(pending.nextState);
    const wrongUse = { ...psk, usage: 'branch' } as const;
    await expect(alice.commit([{ kind: 'psk', psk: wrongUse }], { psks })).rejects.toThrow('invalid_psk');
  });

  it('go into a Welcome, and joiners must know them', async () => {
    const [alice] = (await groupOf(suite, 1)) as Pair;
    const [bob, carol] = await Promise.all([Device.make(suite, 'bob'), Device.make(suite, 'carol')]);
    const adds = [];
    for (const one of [bob, carol]) adds.push({ kind: 'add', keyPackage: await one.publish() } as const);
    const names = [1, 2].map((i) => ({ kind: 'external', pskId: Uint8Array.of(i) }) as const);
    const psks: PskLookup = (name) => new Uint8Array(20).fill(name.kind === 'external' ? name.pskId[0]! : 0);
    const keys = names.map((psk) => ({ kind: 'psk', psk }) as const);
    const pending = await alice.commit([...adds, ...keys], {
      psks,
      welcomes: 'joint',
      ratchetTree: 'inside',
    });
    const welcome = pending.welcomes[0]!.bytes;
    for (const one of [bob, carol]) {
      const given = { welcome, keyPackage: one.ownKeyPackage() };
      expect(await stageWelcome(suite, given)).toMatchObject({ reason: 'unknown_psk' });
      const wrong = { ...given, psks: () => new Uint8Array(20) };
      expect(await stageWelcome(suite, wrong)).toMatchObject({ reason: 'not_decryptable' });
      const join = accepted(await stageWelcome(suite, { ...given, psks }));
      expect(join.psks).toEqual(names);
      const state = mergeJoin(join);
      expect(toHex(epochAuthenticator(state))).toBe(toHex(epochAuthenticator(pending.nextState)));
    }
  });

  it('go into an external join', async () => {
    const [alice] = (await groupOf(suite, 1)) as Pair;
    const pending = await alice.commit([]);
    alice.become(pending.nextState);
    const phone = await Device.make(suite, 'phone');
    const name = { kind: 'external', pskId: new Uint8Array([1]) } as const;
    const psks: PskLookup = () => new Uint8Array(32).fill(5);
    const joining = await phone.joinExternally(pending, { pskNames: [name], psks });
    expect(await alice.receive(joining.commitMessage)).toMatchObject({
      kind: 'refused',
      reason: 'unknown_psk',
    });
    expect((await alice.receive(joining.commitMessage, { psks })).kind).toBe('stagedCommit');
    phone.become(joining.nextState);
    expect(toHex(epochAuthenticator(phone.active))).toBe(toHex(epochAuthenticator(alice.active)));
  });
});

describe('a group that follows another', () => {
  it('after ReInit is joined only as what was agreed on', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const groupId = new TextEncoder().encode('the next group');
    const reInit = { groupId, version: 1, cipherSuite: suite.id, extensions: [] };
    const last = await alice.commit([{ kind: 'reInit', reInit }], { path: 'ifRequired' });
    await bob.receive(last.commitMessage);
    alice.become(last.nextState);
    for (const device of [alice, bob]) {
      device.restart();
      const closed = { kind: 'refused', reason: 'group_closed' };
      expect(await protect(device.active, device.signer, new Uint8Array(1))).toMatchObject(closed);
      await expect(device.commit([])).rejects.toThrow('group_closed');
    }
    const { epoch } = alice.active.groupContext;
    const psk = { kind: 'resumption', usage: 'reinit', groupId: testGroupId, epoch } as const;
    const psks: PskLookup = () => resumptionPsk(alice.active);
    for (const [id, expected] of [
      [groupId, 'stagedJoin'],
      [new Uint8Array([7]), 'refused'],
    ] as const) {
      const successor = await Device.make(suite, 'alice');
      await successor.create(id);
      const add = { kind: 'add', keyPackage: await bob.publish() } as const;
      const pending = await successor.commit([add, { kind: 'psk', psk }], { psks });
      const { ratchetTree } = pending;
      const given = { welcome: pending.welcomes[0]!.bytes, keyPackage: bob.ownKeyPackage(), ratchetTree };
      const predecessor = { usage: 'reinit', state: bob.active } as const;
      const join = await stageWelcome(suite, { ...given, predecessor });
      expect(join.kind).toBe(expected);
      expect((await stageWelcome(suite, { ...given, psks })).kind).toBe('refused');
      const branch = { usage: 'branch', state: bob.active } as const;
      expect((await stageWelcome(suite, { ...given, predecessor: branch })).kind).toBe('refused');
      if (join.kind === 'refused') continue;
      const state = mergeJoin(join);
      expect(toHex(epochAuthenticator(state))).toBe(toHex(epochAuthenticator(pending.nextState)));
    }
  });

  it('as a branch is joined by members of the first', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const side = await Device.make(suite, 'alice');
    await side.create(new Uint8Array([9, 9]));
    const { epoch } = alice.active.groupContext;
    const psk = { kind: 'resumption', usage: 'branch', groupId: testGroupId, epoch } as const;
    const psks: PskLookup = () => resumptionPsk(alice.active);
    const add = { kind: 'add', keyPackage: await bob.publish() } as const;
    const pending = await side.commit([add, { kind: 'psk', psk }], { psks });
    const { ratchetTree } = pending;
    const given = { welcome: pending.welcomes[0]!.bytes, keyPackage: bob.ownKeyPackage(), ratchetTree };
    const predecessor = { usage: 'branch', state: bob.active } as const;
    expect((await stageWelcome(suite, { ...given, predecessor })).kind).toBe('stagedJoin');
    expect((await stageWelcome(suite, given)).kind).toBe('refused');
  });
});

describe('external proposals', () => {
  it('of a named sender are kept and committed; others are refused', async () => {
    const [alice, bob] = (await groupOf(suite, 3)) as Pair;
    const server = await Device.make(suite, 'server');
    const senders = [{ signatureKey: server.signer.publicKey, credential: server.credential }];
    const extension = {
      type: extensionTypes.externalSenders,
      data: encodeWith(senders, writeExternalSenders),
    };
    const named = await alice.commit([{ kind: 'groupContextExtensions', extensions: [extension] }]);
    await bob.receive(named.commitMessage);
    alice.become(named.nextState);
    const remove = { kind: 'proposal', proposal: { kind: 'remove', leafIndex: 2 } } as const;
    const from = (senderIndex: number) => ({ kind: 'external', senderIndex }) as const;
    const message = await forgeMessage(alice.active, server.signer, remove, from(0));
    const stranger = await forgeMessage(alice.active, server.signer, remove, from(1));
    const forged = await forgeMessage(alice.active, bob.signer, remove, from(0));
    const options = { allowProposalReferences: true };
    for (const device of [alice, bob]) {
      expect(await device.receive(stranger, options)).toMatchObject({
        kind: 'refused',
        reason: 'unknown_sender',
      });
      expect(await device.receive(forged, options)).toMatchObject({
        kind: 'refused',
        reason: 'invalid_signature',
      });
      expect(await device.receive(message, options)).toMatchObject({ kind: 'proposal', sender: from(0) });
      device.restart();
    }
    const pending = await alice.commit([], { includeStoredProposals: true });
    expect(await bob.receive(pending.commitMessage)).toMatchObject({
      kind: 'refused',
      reason: 'proposals_by_reference_unsupported',
    });
    const staged = await bob.receive(pending.commitMessage, options);
    expect(
      staged.kind === 'stagedCommit' && staged.summary.removed.map((member) => member.leafIndex),
    ).toEqual([2]);
  });
});

describe('inspecting', () => {
  it('offers GroupInfo of the current epoch, and exports', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const bytes = await groupInfo(bob.active, bob.signer, 'inside');
    const info = accepted(await verifyGroupInfo(suite, bytes, null));
    expect(info.signer.leafIndex).toBe(1);
    expect(info.roster.map((member) => member.credential)).toEqual([alice.credential, bob.credential]);
    const context = new Uint8Array([1]);
    const exported = exportSecret(alice.active, 'a', context, 32);
    expect(exported).toEqual(exportSecret(bob.active, 'a', context, 32));
    expect(exported).not.toEqual(exportSecret(bob.active, 'b', context, 32));
    expect(() => exportSecret(alice.active, 'a', context, 0)).toThrow(RangeError);
  });
});

describe('erasing', () => {
  it('of what is not accepted leaves the current state whole', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const refused = await alice.commit([]);
    erasePendingCommit(refused, alice.active);
    const pathless = await alice.commit([], { path: 'ifRequired', proposals: [] });
    const staged = await unprotect(bob.active, pathless.commitMessage, policy);
    if (staged.kind !== 'stagedCommit') throw new Error('not staged');
    eraseStaged(staged, bob.active);
    expect(await bob.read(await alice.send('whole'))).toBe('whole');
    expect((await bob.receive(pathless.commitMessage)).kind).toBe('stagedCommit');
  });

  it('clears what a message used up, and nothing the new state needs', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const bytes = [await alice.send('0'), await alice.send('1'), await alice.send('2')];
    await bob.read(bytes[1]!);
    const ratchet = (state = bob.active) => {
      let node = state.own.secretTree.root;
      while (node.kind === 'parent') node = node.left;
      if (node.kind !== 'leaf') throw new Error('not derived');
      return node.application;
    };
    const before = ratchet();
    const [skipped] = before.skipped;
    await bob.read(bytes[0]!);
    expect(skipped!.key.every((byte) => byte === 0)).toBe(true);
    expect(before.secret.some((byte) => byte !== 0)).toBe(true);
    await bob.read(bytes[2]!);
    expect(before.secret.every((byte) => byte === 0)).toBe(true);
  });
});

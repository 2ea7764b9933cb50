/** Faults that other implementations had. Over 400 lines, because each is short and they are read as one list. */
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { describe, expect, it } from 'vitest';
import { decodeWith, Reader } from './codec/reader.ts';
import { encodeWith, Writer } from './codec/writer.ts';
import { sealSenderData } from './framing/senderData.ts';
import { signLeafNode } from './group/keyPackage.ts';
import {
  createKeyPackage,
  decodeGroupState,
  encodePrivateState,
  encodePublicTree,
  epochAuthenticator,
  eraseState,
  extensionTypes,
  type GroupState,
  limits,
  mergeJoin,
  protect,
  stageWelcome,
  unprotect,
  verifyGroupInfo,
  verifyKeyPackage,
} from './index.ts';
import { deriveEpoch, epochSecretOf, joinerSecretOf } from './schedule/keySchedule.ts';
import { keyForGeneration, ratchetsOf } from './schedule/secretTree.ts';
import { readExternalSenders, writeExternalSenders } from './structs/externalSenders.ts';
import { encodeMlsMessage, readMlsMessage } from './structs/mlsMessage.ts';
import { accepted, toHex } from './testing/bytes.ts';
import { Device, groupOf, policy, testLifetime, testNowMs } from './testing/device.ts';
import { countingSuite, forgeCommit, forgeMessage } from './testing/forge.ts';
import { isBlank } from './tree/ratchetTree.ts';

/**
 * Tests for each defect that other implementations were found to have, in the order of that list. Each fails
 * on an engine with the defect. One file, though longer than others, so that the list is seen to be whole.
 */

const suite = (await loadNodeProvider()).suite(suiteIds.x25519ChaCha20);
type Group = [Device, Device, Device, Device, Device, Device, Device, Device];

function snapshot(state: GroupState): string {
  return toHex(encodePrivateState(state)) + toHex(encodePublicTree(state));
}

/** The message is refused for the reason by each device, and leaves each as it was. */
async function expectRefused(devices: readonly Device[], message: Uint8Array, reason: string): Promise<void> {
  for (const device of devices) {
    const before = snapshot(device.active);
    const references = { allowProposalReferences: true };
    expect(await device.receive(message, references)).toMatchObject({ kind: 'refused', reason });
    expect(snapshot(device.active)).toBe(before);
  }
}

async function expectCommit(by: Device, to: readonly Device[], options?: Parameters<Device['commit']>[1]) {
  const pending = await by.commit([], options);
  for (const device of to)
    expect(await device.receive(pending.commitMessage)).toMatchObject({ kind: 'stagedCommit' });
  by.become(pending.nextState);
  return pending;
}

describe('1. a commit that removes a member', () => {
  it('carries a path whatever the caller asks for', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const pending = await alice.commit([{ kind: 'remove', leafIndex: 2 }], { path: 'ifRequired' });
    expect(pending.summary.hasPath).toBe(true);
    await bob.receive(pending.commitMessage);
    await carol.receive(pending.commitMessage);
    expect(carol.state?.kind).toBe('removed');
  });

  it('is refused without one', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const forged = await forgeCommit(alice.active, alice.signer, {
      proposals: [{ kind: 'remove', leafIndex: 2 }],
      edit: (tree) => {
        tree.remove(2);
        tree.truncate();
        return [];
      },
      path: false,
    });
    await expectRefused([bob, carol], forged, 'path_required');
  });
});

describe('2. removing the last other member', () => {
  it('uses a fresh commit secret, so a stolen device cannot follow, nor after a later add', async () => {
    const [alice, thief] = (await groupOf(suite, 2)) as Group;
    let stolen: Uint8Array = thief.active.own.secrets.initSecret.slice();
    const zero = new Uint8Array(suite.kdf.size);
    const follow = (context: Uint8Array): string => {
      const joiner = joinerSecretOf(suite, stolen, zero, context);
      const { secrets } = deriveEpoch(suite, epochSecretOf(suite, joiner, zero, context));
      stolen = secrets.initSecret;
      return toHex(secrets.epochAuthenticator);
    };
    const removal = await alice.commit([{ kind: 'remove', leafIndex: 1 }]);
    alice.become(removal.nextState);
    expect(follow(alice.active.own.frame.groupContextBytes)).not.toBe(
      toHex(epochAuthenticator(alice.active)),
    );
    const carol = await Device.make(suite, 'carol');
    const keyPackage = await carol.publish();
    const added = await alice.commit([{ kind: 'add', keyPackage }], { path: 'ifRequired' });
    alice.become(added.nextState);
    expect(follow(alice.active.own.frame.groupContextBytes)).not.toBe(
      toHex(epochAuthenticator(alice.active)),
    );
  });
});

describe('3. sender data', () => {
  it('with a leaf outside the tree, or a blank one, is refused at once', async () => {
    const [alice, bob] = (await groupOf(suite, 4)) as Group;
    const removal = await alice.commit([{ kind: 'remove', leafIndex: 2 }]);
    await bob.receive(removal.commitMessage);
    alice.become(removal.nextState);
    const message = decodeWith(await alice.send('x'), readMlsMessage);
    if (message.kind !== 'privateMessage') throw new Error('not a PrivateMessage');
    const { privateMessage } = message;
    const { own } = alice.active;
    const aad = new Writer().fixed(own.frame.head).u8(1).finish();
    for (const leafIndex of [2, 4, 5, 77, 0x3fffffff, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const encryptedSenderData = await sealSenderData(
        suite,
        own.secrets.senderDataSecret,
        { leafIndex, generation: 0, reuseGuard: new Uint8Array(4) },
        aad,
        privateMessage.ciphertext,
      );
      const forged = encodeMlsMessage({
        kind: 'privateMessage',
        privateMessage: { ...privateMessage, encryptedSenderData },
      });
      await expectRefused([bob], forged, 'unknown_sender');
    }
  });

  it('with a generation far ahead is refused without deriving up to it', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const message = decodeWith(await alice.send('x'), readMlsMessage);
    if (message.kind !== 'privateMessage') throw new Error('not a PrivateMessage');
    const { privateMessage } = message;
    const { own } = alice.active;
    const aad = new Writer().fixed(own.frame.head).u8(1).finish();
    for (const generation of [1025, 0x7fffffff, 0xffffffff]) {
      const data = { leafIndex: 0, generation, reuseGuard: new Uint8Array(4) };
      const { ciphertext } = privateMessage;
      const secret = own.secrets.senderDataSecret;
      const encryptedSenderData = await sealSenderData(suite, secret, data, aad, ciphertext);
      const forged = { ...privateMessage, encryptedSenderData };
      const bytes = encodeMlsMessage({ kind: 'privateMessage', privateMessage: forged });
      await expectRefused([bob], bytes, 'generation_too_far');
    }
  });
});

describe('4. honest histories', () => {
  it('lets joiners in where leaves are unmerged', async () => {
    const devices = (await groupOf(suite, 8)) as Group;
    const others = (by: Device): Device[] => members.filter((device) => device !== by);
    let members: Device[] = devices;
    for (const i of [0, 2, 4, 6, 0]) await expectCommit(devices[i]!, others(devices[i]!));
    const removal = await devices[0].commit([
      { kind: 'remove', leafIndex: 3 },
      { kind: 'remove', leafIndex: 5 },
    ]);
    for (const device of others(devices[0])) await device.receive(removal.commitMessage);
    devices[0].become(removal.nextState);
    members = members.filter((_, i) => i !== 3 && i !== 5);
    for (const i of [2, 4, 6, 0]) await expectCommit(devices[i]!, others(devices[i]!));
    for (const name of ['x', 'y']) {
      const joiner = await Device.make(suite, name);
      const keyPackage = await joiner.publish();
      const added = await devices[0].commit([{ kind: 'add', keyPackage }], { path: 'ifRequired' });
      expect(added.summary.hasPath).toBe(false);
      for (const device of others(devices[0])) await device.receive(added.commitMessage);
      devices[0].become(added.nextState);
      await joiner.join(added);
      members = [...members, joiner];
    }
    const parents = devices[0].active.tree.parents;
    expect(parents.some((parent) => (parent?.unmergedLeaves.length ?? 0) > 1)).toBe(true);
    const authenticators = members.map((device) => toHex(epochAuthenticator(device.active)));
    expect(new Set(authenticators).size).toBe(1);
  });

  it('takes removes and adds together, also into a grown tree', async () => {
    const [alice, bob] = (await groupOf(suite, 4)) as Group;
    const joiners = await Promise.all(['x', 'y', 'z'].map((name) => Device.make(suite, name)));
    const adds = [];
    for (const joiner of joiners) adds.push({ kind: 'add', keyPackage: await joiner.publish() } as const);
    const pending = await alice.commit([
      { kind: 'remove', leafIndex: 2 },
      { kind: 'remove', leafIndex: 3 },
      ...adds,
    ]);
    await bob.receive(pending.commitMessage);
    alice.become(pending.nextState);
    for (const joiner of joiners) await joiner.join(pending);
    expect(bob.active.tree.leafCount).toBe(8);
    for (const device of [bob, ...joiners]) {
      expect(toHex(epochAuthenticator(device.active))).toBe(toHex(epochAuthenticator(alice.active)));
    }
  });

  it('commits where the root is blank', async () => {
    const [, , carol, dave] = (await groupOf(suite, 4)) as Group;
    const removal = await carol.commit([
      { kind: 'remove', leafIndex: 0 },
      { kind: 'remove', leafIndex: 1 },
    ]);
    await dave.receive(removal.commitMessage);
    carol.become(removal.nextState);
    expect(isBlank(carol.active.tree, 3)).toBe(true);
    await expectCommit(carol, [dave]);
    expect(toHex(epochAuthenticator(carol.active))).toBe(toHex(epochAuthenticator(dave.active)));
  });
});

describe('5. a removed member', () => {
  it('is told so, also when its leaf is given to another in the same commit', async () => {
    const [alice, bob, , dave] = (await groupOf(suite, 4)) as Group;
    const joiner = await Device.make(suite, 'joiner');
    const pending = await alice.commit([
      { kind: 'remove', leafIndex: 3 },
      { kind: 'add', keyPackage: await joiner.publish() },
    ]);
    expect(await dave.receive(pending.commitMessage)).toMatchObject({ summary: { isSelfRemoved: true } });
    expect(dave.state?.kind).toBe('removed');
    await bob.receive(pending.commitMessage);
    await joiner.join(pending);
    expect(joiner.active.ownLeafIndex).toBe(3);
  });
});

describe('6. skipped generations', () => {
  it('keep key and nonce and not the secret they came from', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const first = ratchetsOf(suite, bob.active.own.secretTree, 0).application.secret.slice();
    const bytes = [];
    for (let i = 0; i < 5; i++) bytes.push(await alice.send(`${i}`));
    for (const i of [2, 3, 4]) await bob.read(bytes[i]!);
    const { application } = ratchetsOf(suite, bob.active.own.secretTree, 0);
    expect(application.skipped.map((skipped) => skipped.generation)).toEqual([0, 1]);
    for (const skipped of application.skipped) {
      expect(Object.keys(skipped).sort()).toEqual(['generation', 'key', 'nonce']);
      // The key itself must not be a ratchet secret from which later keys follow.
      expect(toHex(skipped.key)).not.toBe(toHex(first));
    }
    expect(toHex(encodePrivateState(bob.active))).not.toContain(toHex(first));
    expect(await bob.read(bytes[0]!)).toBe('0');
  });

  it('are bounded in age, also where all else comes in order', () => {
    let ratchet: Parameters<typeof keyForGeneration>[1] = {
      secret: new Uint8Array(32),
      generation: 0,
      skipped: [],
    };
    ratchet = keyForGeneration(suite, ratchet, 1).ratchet;
    for (let i = 2; i <= limits.maxSkippedAge; i++) ratchet = keyForGeneration(suite, ratchet, i).ratchet;
    expect(ratchet.skipped.map(({ generation }) => generation)).toEqual([0]);
    ratchet = keyForGeneration(suite, ratchet, limits.maxSkippedAge + 1).ratchet;
    expect(ratchet.skipped).toEqual([]);
  });

  it('are bounded in number', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const bytes = [];
    for (let i = 0; i < 300; i++) bytes.push(await alice.send(`${i}`));
    await bob.read(bytes[299]!);
    expect(ratchetsOf(suite, bob.active.own.secretTree, 0).application.skipped).toHaveLength(128);
    await expectRefused([bob], bytes[100]!, 'used_generation');
    expect(await bob.read(bytes[250]!)).toBe('250');
  });
});

describe('7. keys of a commit', () => {
  it('are compared with those derived from the path secrets', async () => {
    const [alice, bob, carol, dave] = (await groupOf(suite, 4)) as Group;
    const evil = {
      ...suite,
      hpke: {
        ...suite.hpke,
        deriveKeyPair: async (input: Uint8Array) => ({
          privateKey: (await suite.hpke.deriveKeyPair(input)).privateKey,
          publicKey: (await suite.hpke.generateKeyPair()).publicKey,
        }),
      },
    };
    const forged = await forgeCommit({ ...alice.active, suite: evil }, alice.signer, { path: true });
    await expectRefused([bob, carol, dave], forged, 'invalid_path');
  });

  it('must be new: no leaf comes with a key that is in the tree', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const taken = carol.active.tree.leaves[2]!.encryptionKey;
    const evilSuite = {
      ...suite,
      hpke: {
        ...suite.hpke,
        generateKeyPair: (() => {
          let calls = 0;
          // The first call is for the init key, the second for the leaf.
          return async () => {
            const fresh = await suite.hpke.generateKeyPair();
            return ++calls === 2 ? { ...fresh, publicKey: taken } : fresh;
          };
        })(),
      },
    };
    const mallory = await Device.make(suite, 'mallory');
    const { credential, signer } = mallory;
    const own = await createKeyPackage(evilSuite, signer, { credential, lifetime: testLifetime });
    const keyPackage = accepted(await verifyKeyPackage(suite, own.bytes, policy));
    await expect(alice.commit([{ kind: 'add', keyPackage }])).rejects.toThrow('duplicate_key');
    const forged = await forgeCommit(alice.active, alice.signer, {
      proposals: [{ kind: 'add', keyPackage: own.keyPackage }],
      edit: (tree) => [tree.add(own.keyPackage.leafNode)],
      path: true,
    });
    await expectRefused([bob, carol], forged, 'duplicate_key');
  });

  it('must be new: a committer cannot take another leaf key, nor keep its own', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const privateKey = new Uint8Array(32);
    const { leaves } = alice.active.tree;
    const another = { publicKey: leaves[2]!.encryptionKey, privateKey };
    const forged = await forgeCommit(alice.active, alice.signer, { path: true, leafKeys: another });
    await expectRefused([bob, carol], forged, 'duplicate_key');
    const same = { publicKey: leaves[0]!.encryptionKey, privateKey };
    const kept = await forgeCommit(alice.active, alice.signer, { path: true, leafKeys: same });
    await expectRefused([bob, carol], kept, 'invalid_path');
  });

  it('come with a path where extensions change', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const forged = await forgeCommit(alice.active, alice.signer, {
      proposals: [{ kind: 'groupContextExtensions', extensions: [] }],
      extensions: [],
      path: false,
    });
    await expectRefused([bob], forged, 'path_required');
  });
});

describe('8. identities', () => {
  it('do not change in a commit unless the caller lets them, and are shown', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const credential = { kind: 'basic', identity: new TextEncoder().encode('bob') } as const;
    const pending = await alice.commit([], { leaf: { credential } });
    await expectRefused([bob], pending.commitMessage, 'invalid_leaf_node');
    const isSuccessor = (): boolean => true;
    const staged = await bob.receive(pending.commitMessage, { isSuccessor });
    expect(staged).toMatchObject({
      kind: 'stagedCommit',
      summary: { updated: [{ before: { credential: alice.credential }, after: { credential } }] },
    });
  });

  it('protect a member from being taken out by an external joiner', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const pending = await expectCommit(alice, [bob, carol]);
    const mallory = await Device.make(suite, 'mallory');
    const isSuccessor = (): boolean => true;
    const forged = await mallory.joinExternally(pending, { resync: 1, isSuccessor });
    await expectRefused([alice, bob, carol], forged.commitMessage, 'invalid_leaf_node');
    await expect(mallory.joinExternally(pending, { resync: 1 })).rejects.toThrow('invalid_leaf_node');
  });

  it('of external joiners are shown before anything is merged', async () => {
    const [alice] = (await groupOf(suite, 1)) as Group;
    const pending = await alice.commit([]);
    alice.become(pending.nextState);
    const phone = await Device.make(suite, 'phone');
    const joining = await phone.joinExternally(pending);
    const before = snapshot(alice.active);
    const staged = await unprotect(alice.active, joining.commitMessage, policy);
    expect(staged).toMatchObject({
      kind: 'stagedCommit',
      summary: { committer: { kind: 'external', joiner: { credential: phone.credential } } },
    });
    expect(snapshot(alice.active)).toBe(before);
  });
});

describe('9. a poisoned proposal', () => {
  it('stops nobody: proposals by reference are refused, and never bundled', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const poison = await forgeMessage(carol.active, carol.signer, {
      kind: 'proposal',
      proposal: { kind: 'remove', leafIndex: 7 },
    });
    const before = snapshot(alice.active);
    const reason = 'proposals_by_reference_unsupported';
    expect(await alice.receive(poison)).toMatchObject({ kind: 'refused', reason });
    expect(snapshot(alice.active)).toBe(before);
    expect(await alice.receive(poison, { allowProposalReferences: true })).toMatchObject({
      kind: 'proposal',
    });
    expect(await bob.read(await alice.send('still here'))).toBe('still here');
    await expectCommit(alice, [bob, carol]);
  });
});

describe('10. the rest of what was lost, kept or let through', () => {
  it('mixes external keys into commits sent as PrivateMessage', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const pskId = new TextEncoder().encode('a key');
    const given = new Uint8Array(32).fill(7);
    const psks = (): Uint8Array => given;
    const pending = await alice.commit([{ kind: 'psk', psk: { kind: 'external', pskId } }], { psks });
    await expectRefused([bob], pending.commitMessage, 'unknown_psk');
    expect(await bob.receive(pending.commitMessage, { psks })).toMatchObject({ kind: 'stagedCommit' });
    alice.become(pending.nextState);
    expect(toHex(epochAuthenticator(bob.active))).toBe(toHex(epochAuthenticator(alice.active)));
    expect(given).toEqual(new Uint8Array(32).fill(7));
  });

  it('keeps no past epoch', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const late = await alice.send('late');
    const epochSecrets = bob.active.own.secrets;
    await expectCommit(alice, [bob]);
    await expectRefused([bob], late, 'past_epoch');
    expect(epochSecrets.senderDataSecret.every((byte) => byte === 0)).toBe(true);
    expect(epochSecrets.initSecret.every((byte) => byte === 0)).toBe(true);
  });

  it('never erases the buffer a state was decoded from, nor one the caller gave', async () => {
    const [alice] = (await groupOf(suite, 2)) as Group;
    const stored = [encodePrivateState(alice.active), encodePublicTree(alice.active)] as const;
    const copy = stored.map(toHex);
    const state = accepted(decodeGroupState(suite, ...stored));
    const data = new Uint8Array([1, 2, 3]);
    const sent = accepted(await protect(state, alice.signer, data));
    eraseState(state);
    eraseState(sent.state);
    expect(stored.map(toHex)).toEqual(copy);
    expect(data).toEqual(new Uint8Array([1, 2, 3]));
    await expect(protect(state, alice.signer, data)).rejects.toThrow('erased');
  });

  it('drops the keys of nodes that became blank', async () => {
    const devices = (await groupOf(suite, 8)) as Group;
    for (const i of [0, 2, 4, 6, 1])
      await expectCommit(
        devices[i]!,
        devices.filter((_, j) => j !== i),
      );
    const removal = await devices[0].commit([
      { kind: 'remove', leafIndex: 2 },
      { kind: 'remove', leafIndex: 6 },
    ]);
    for (const i of [1, 3, 4, 5, 7]) await devices[i]!.receive(removal.commitMessage);
    devices[0].become(removal.nextState);
    for (const i of [0, 1, 3, 4, 5, 7]) {
      const { tree, own } = devices[i]!.active;
      for (const node of own.privateKeys.keys()) expect(isBlank(tree, node)).toBe(false);
    }
  });

  it('refuses bytes after a message', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const bytes = await alice.send('x');
    await expectRefused([bob], Uint8Array.of(...bytes, 0), 'malformed');
  });

  it('checks lifetimes when adding, with some clock skew, and not of members', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const carol = await Device.make(suite, 'carol');
    const keyPackage = await carol.publish();
    const add = { kind: 'add', keyPackage } as const;
    const day = 24 * 3600 * 1000;
    const late = testNowMs + 92 * day;
    await expect(alice.commit([add], { nowMs: late })).rejects.toThrow('lifetime_out_of_range');
    const pending = await alice.commit([add], { nowMs: testNowMs + 90 * day + 3600_000 });
    const refusal = { kind: 'refused', reason: 'lifetime_out_of_range' };
    expect(await bob.receive(pending.commitMessage, { nowMs: late })).toMatchObject(refusal);
    expect(await bob.receive(pending.commitMessage, { nowMs: testNowMs + 90 * day })).toMatchObject({
      kind: 'stagedCommit',
    });
    // Bob's own leaf has expired by now, and Carol joins all the same.
    await carol.join(pending);
    const forever = await createKeyPackage(suite, carol.signer, {
      credential: carol.credential,
      lifetime: { notBefore: 0n, notAfter: 9_999_999_999_999n },
    });
    expect(await verifyKeyPackage(suite, forever.bytes, policy)).toMatchObject(refusal);
  });

  it('refuses ExternalInit in a commit of a member', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const kemOutput = new Uint8Array(32).fill(9);
    const forged = await forgeCommit(alice.active, alice.signer, {
      proposals: [{ kind: 'externalInit', kemOutput }],
      path: true,
    });
    await expectRefused([bob], forged, 'invalid_proposal_list');
  });

  it('refuses commits of external senders', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const outsider = await Device.make(suite, 'outsider');
    const senders = [{ signatureKey: outsider.signer.publicKey, credential: outsider.credential }];
    const data = encodeWith(senders, writeExternalSenders);
    const extensions = [{ type: extensionTypes.externalSenders, data }];
    const pending = await alice.commit([{ kind: 'groupContextExtensions', extensions }]);
    await bob.receive(pending.commitMessage);
    alice.become(pending.nextState);
    const sender = { kind: 'external', senderIndex: 0 } as const;
    const content = { kind: 'commit', commit: { proposals: [], path: null } } as const;
    const forged = await forgeMessage(alice.active, outsider.signer, content, sender);
    await expectRefused([alice, bob], forged, 'unknown_sender');
  });

  it('refuses proposals of a future epoch', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Group;
    const { groupContext } = alice.active;
    const ahead = { ...alice.active, groupContext: { ...groupContext, epoch: groupContext.epoch + 1n } };
    const content = { kind: 'proposal', proposal: { kind: 'remove', leafIndex: 0 } } as const;
    const forged = await forgeMessage(ahead, alice.signer, content);
    await expectRefused([bob], forged, 'future_epoch');
  });
});

describe('11. leaf 0', () => {
  it('may propose an Update', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const { active } = alice;
    const keys = await suite.hpke.generateKeyPair();
    const position = { groupId: active.groupContext.groupId, leafIndex: 0 };
    const old = active.tree.leaves[0]!;
    const leafNode = await signLeafNode(
      suite,
      alice.signer,
      old,
      keys.publicKey,
      { kind: 'update' },
      position,
    );
    const content = { kind: 'proposal', proposal: { kind: 'update', leafNode } } as const;
    const message = await forgeMessage(active, alice.signer, content);
    const options = { allowProposalReferences: true };
    for (const device of [bob, carol])
      expect(await device.receive(message, options)).toMatchObject({ kind: 'proposal' });
    const pending = await bob.commit([], { includeStoredProposals: true });
    const staged = await carol.receive(pending.commitMessage, options);
    expect(staged).toMatchObject({
      kind: 'stagedCommit',
      summary: { updated: [{ after: { leafIndex: 0 } }, {}] },
    });
    expect(toHex(carol.active.tree.leaves[0]!.encryptionKey)).toBe(toHex(keys.publicKey));
  });
});

describe('an Update', () => {
  it('that keeps its encryption key is refused', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as Group;
    const { active } = alice;
    const old = active.tree.leaves[0]!;
    const position = { groupId: active.groupContext.groupId, leafIndex: 0 };
    const kept = old.encryptionKey;
    const leafNode = await signLeafNode(suite, alice.signer, old, kept, { kind: 'update' }, position);
    const content = { kind: 'proposal', proposal: { kind: 'update', leafNode } } as const;
    const message = await forgeMessage(active, alice.signer, content);
    await bob.receive(message, { allowProposalReferences: true });
    await carol.receive(message, { allowProposalReferences: true });
    const [stored] = bob.active.own.storedProposals;
    const forged = await forgeCommit(bob.active, bob.signer, {
      references: [stored!.reference],
      edit: (tree) => {
        tree.update(0, leafNode);
        return [];
      },
      path: true,
    });
    await expectRefused([carol], forged, 'duplicate_key');
  });
});

describe('12. extensions', () => {
  it('carry external_pub and external_senders as the RFC encodes them', async () => {
    const [alice] = (await groupOf(suite, 1)) as Group;
    const pending = await alice.commit([]);
    const info = accepted(await verifyGroupInfo(suite, pending.groupInfo, pending.ratchetTree));
    const pub = info.extensions.find((extension) => extension.type === extensionTypes.externalPub)!;
    expect(pub.data).toHaveLength(33);
    expect(pub.data[0]).toBe(32);
    const senders = [{ signatureKey: new Uint8Array(32), credential: alice.credential }];
    const data = encodeWith(senders, writeExternalSenders);
    expect(new Reader(data).length()).toBe(data.length - 1);
    expect(decodeWith(data, readExternalSenders)).toEqual(senders);
  });
});

describe('13. work', () => {
  it('of a commit is hashing along its path, whatever the size of the tree', async () => {
    const counting = countingSuite(suite);
    const devices = await groupOf(counting.suite, 64);
    const [alice, bob] = devices as Group;
    await expectCommit(alice, [bob]);
    // A state read from storage hashes its tree once, at its first commit.
    await alice.commit([]);
    const before = counting.digests();
    const pending = await alice.commit([]);
    const committed = counting.digests();
    await bob.receive(pending.commitMessage);
    const received = counting.digests();
    // Six levels: a parent hash and a tree hash for each, and a few transcript hashes.
    expect(committed - before).toBeLessThan(24);
    expect(received - committed).toBeLessThan(24);
  });
});

describe('a stolen Welcome', () => {
  it('opens with nothing but its own KeyPackage', async () => {
    const [alice] = (await groupOf(suite, 1)) as Group;
    const [bob, eve] = await Promise.all([Device.make(suite, 'bob'), Device.make(suite, 'eve')]);
    const pending = await alice.commit([{ kind: 'add', keyPackage: await bob.publish() }]);
    await eve.publish();
    const { ratchetTree } = pending;
    const welcome = pending.welcomes[0]!.bytes;
    const refusal = await stageWelcome(suite, { welcome, keyPackage: eve.ownKeyPackage(), ratchetTree });
    expect(refusal).toMatchObject({ kind: 'refused', reason: 'not_for_this_key_package' });
    const keyPackage = bob.ownKeyPackage();
    const noTree = await stageWelcome(suite, { welcome, keyPackage });
    expect(noTree).toMatchObject({ kind: 'refused', reason: 'missing_ratchet_tree' });
    bob.become(mergeJoin(accepted(await stageWelcome(suite, { welcome, keyPackage, ratchetTree }))));
  });
});

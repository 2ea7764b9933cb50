import * as peer from 'ts-mls';
import { describe, expect, it } from 'vitest';
import { decodeWith } from './codec/reader.ts';
import { encodeWith } from './codec/writer.ts';
import {
  epochAuthenticator,
  exportSecret,
  extensionTypes,
  externalJoin,
  mergeJoin,
  type Signer,
  stageWelcome,
  verifyGroupInfo,
  verifyKeyPackage,
} from './index.ts';
import { signWithLabel } from './labels/labels.ts';
import { writeGroupInfoTbs } from './structs/groupInfo.ts';
import { encodeMlsMessage, readMlsMessage } from './structs/mlsMessage.ts';
import { accepted, toHex } from './testing/bytes.ts';
import { Device, policy } from './testing/device.ts';
import { addProposal, Peer, sharedSuites } from './testing/peer.ts';

/** Against ts-mls 1.6.4, an independent implementation, in both directions and wherever it is right. */

async function expectSameEpoch(ours: Device, theirs: Peer): Promise<void> {
  const { keySchedule, groupContext } = theirs.state;
  expect(ours.active.groupContext.epoch).toBe(groupContext.epoch);
  expect(toHex(ours.active.groupContext.treeHash)).toBe(toHex(groupContext.treeHash));
  expect(toHex(epochAuthenticator(ours.active))).toBe(toHex(keySchedule.epochAuthenticator));
  const context = new Uint8Array([1, 2, 3]);
  const exported = await peer.mlsExporter(keySchedule.exporterSecret, 'label', context, 40, theirs.suite);
  expect(toHex(exportSecret(ours.active, 'label', context, 40))).toBe(toHex(exported));
}

async function expectTalk(ours: Device, theirs: Peer): Promise<void> {
  await expectSameEpoch(ours, theirs);
  expect(await theirs.receive(await ours.send('from us'))).toBe('from us');
  expect(await ours.read(await theirs.send('from them'))).toBe('from them');
}

/**
 * ts-mls encodes external_pub as the bare key, against RFC 9420 §12.4.3.2: one GroupInfo is turned into the
 * other and signed again, so that the rest of the exchange can be compared.
 */
async function withExternalPub(
  groupInfo: Uint8Array,
  signer: Signer,
  recode: (data: Uint8Array) => Uint8Array,
): Promise<Uint8Array> {
  const message = decodeWith(groupInfo, readMlsMessage);
  if (message.kind !== 'groupInfo') throw new Error('not a GroupInfo');
  const extensions = message.groupInfo.extensions.map((extension) =>
    extension.type === extensionTypes.externalPub
      ? { type: extension.type, data: recode(extension.data) }
      : extension,
  );
  const changed = { ...message.groupInfo, extensions };
  const tbs = encodeWith(changed, writeGroupInfoTbs);
  const signature = await signWithLabel(signer, 'GroupInfoTBS', tbs);
  return encodeMlsMessage({ kind: 'groupInfo', groupInfo: { ...changed, signature } });
}

describe.each(sharedSuites)('with ts-mls, $name', ({ ours: suite, theirs: peerSuite }) => {
  const make = (name: string): Promise<Peer> => Peer.make(peerSuite, name);

  it('adds, talks, updates and removes in a group of ours', async () => {
    const alice = await Device.make(suite, 'alice');
    await alice.create();
    const [bob, carol] = await Promise.all([make('bob'), make('carol')]);
    const adds = [];
    for (const one of [bob, carol]) {
      const keyPackage = accepted(await verifyKeyPackage(suite, one.keyPackage, policy));
      adds.push({ kind: 'add', keyPackage } as const);
    }
    const added = await alice.commit(adds, { ratchetTree: 'inside' });
    for (const [i, one] of [bob, carol].entries()) await one.join(added.welcomes[i]!.bytes);
    alice.become(added.nextState);
    await expectTalk(alice, bob);
    await bob.receive(await carol.send('among them'));

    const update = await alice.commit([]);
    await bob.receive(update.commitMessage);
    await carol.receive(update.commitMessage);
    alice.become(update.nextState);
    await expectTalk(alice, carol);

    const theirUpdate = await bob.commit();
    await alice.receive(theirUpdate.commit);
    await carol.receive(theirUpdate.commit);
    await expectTalk(alice, bob);

    const removal = await alice.commit([{ kind: 'remove', leafIndex: 2 }]);
    await bob.receive(removal.commitMessage);
    alice.become(removal.nextState);
    await expectTalk(alice, bob);
  });

  it('is added to a group of theirs, by a commit without a path as well', async () => {
    const bob = await make('bob');
    await bob.create();
    const alice = await Device.make(suite, 'alice');
    const published = await alice.publish();
    const added = await bob.commit([addProposal(published.bytes)]);
    const join = await stageWelcome(suite, { welcome: added.welcome!, keyPackage: alice.ownKeyPackage() });
    alice.become(mergeJoin(accepted(join)));
    await expectTalk(alice, bob);

    const dave = await Device.make(suite, 'dave');
    const second = await bob.commit([addProposal((await dave.publish()).bytes)]);
    await alice.receive(second.commit);
    const daveJoin = await stageWelcome(suite, {
      welcome: second.welcome!,
      keyPackage: dave.ownKeyPackage(),
    });
    dave.become(mergeJoin(accepted(daveJoin)));
    await expectTalk(alice, bob);
    expect(await dave.read(await alice.send('hello'))).toBe('hello');

    const update = await dave.commit([]);
    await alice.receive(update.commitMessage);
    await bob.receive(update.commitMessage);
    dave.become(update.nextState);
    await expectTalk(dave, bob);
  });

  it('lets them in by external commit', async () => {
    const alice = await Device.make(suite, 'alice');
    await alice.create();
    const pending = await alice.commit([], { ratchetTree: 'inside' });
    alice.become(pending.nextState);
    const bob = await make('bob');
    const bare = (data: Uint8Array): Uint8Array => decodeWith(data, (reader) => reader.opaque());
    const groupInfo = await withExternalPub(pending.groupInfo, alice.signer, bare);
    const joining = await bob.joinExternally(groupInfo);
    expect(await alice.receive(joining)).toMatchObject({ kind: 'stagedCommit' });
    await expectTalk(alice, bob);
  });

  it('joins theirs by external commit', async () => {
    const bob = await make('bob');
    await bob.create();
    await bob.commit();
    const wrapped = (data: Uint8Array): Uint8Array => encodeWith(data, (w, bytes) => w.opaque(bytes));
    const groupInfo = await withExternalPub(await bob.groupInfo(), await bob.signer(suite), wrapped);
    const alice = await Device.make(suite, 'alice');
    const verified = accepted(await verifyGroupInfo(suite, groupInfo, null));
    const { credential } = alice;
    const options = { ...policy, groupInfo: verified, credential };
    const joining = accepted(await externalJoin(suite, alice.signer, options));
    await bob.receive(joining.commitMessage);
    alice.become(joining.nextState);
    await expectTalk(alice, bob);
  });

  it('follows their removal of a member', async () => {
    const alice = await Device.make(suite, 'alice');
    await alice.create();
    const [bob, carol] = await Promise.all([make('bob'), make('carol')]);
    const adds = [];
    for (const one of [bob, carol]) {
      const keyPackage = accepted(await verifyKeyPackage(suite, one.keyPackage, policy));
      adds.push({ kind: 'add', keyPackage } as const);
    }
    const added = await alice.commit(adds, { ratchetTree: 'inside' });
    await bob.join(added.welcomes[0]!.bytes);
    alice.become(added.nextState);
    const removal = await bob.commit([{ proposalType: 'remove', remove: { removed: 2 } }]);
    const staged = await alice.receive(removal.commit);
    expect(
      staged.kind === 'stagedCommit' && staged.summary.removed.map((member) => member.leafIndex),
    ).toEqual([2]);
    await expectTalk(alice, bob);
  });
});

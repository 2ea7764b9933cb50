import { describe, expect, it } from 'vitest';
import { limits, type MlsRule, unprotect } from './index.ts';
import { encodeMlsMessage } from './structs/mlsMessage.ts';
import { wireFormats } from './structs/registry.ts';
import { policy } from './testing/device.ts';
import { forgeCommit, forgeMessage, pretending } from './testing/forge.ts';
import { expectRefusedByAll, type HostileGroup } from './testing/hostileGroup.ts';
import {
  alice,
  blankLeaf,
  external,
  externalPsk,
  group,
  groupContext,
  honest,
  init,
  known,
  mallory,
  member,
  nonce,
  outsider,
  own,
  published,
  reInit,
  remove,
  state,
  stored,
  updateOf,
} from './testing/hostileMember.ts';

/**
 * Proposals, commits that refer to them, and other messages of a malicious member that break one rule of spec/mls.md each.
 */

describe('a commit by reference is refused:', () => {
  it('MLS-P-12: where the caller allows none', async () => {
    const { message, reference } = await stored(externalPsk);
    await expectRefusedByAll(group, message, 'MLS-P-12', { allowProposalReferences: false });
    const commit = await member({ references: [reference] });
    await expectRefusedByAll(group, commit, 'MLS-P-12', { allowProposalReferences: false });
  });

  it('MLS-12.4-03: to a proposal that nobody has', async () => {
    await expectRefusedByAll(group, await member({ references: [nonce] }), 'MLS-12.4-03');
  });

  it('MLS-12.2-11: by a joiner', async () => {
    const { message, reference } = await stored(externalPsk);
    await expectRefusedByAll(group, await external({ references: [reference] }), 'MLS-12.2-11', known, [
      message,
    ]);
  });

  it('MLS-12.2-01: with an Update of its committer', async () => {
    const { message, reference } = await stored({ kind: 'update', leafNode: await updateOf({}) });
    await expectRefusedByAll(group, await member({ references: [reference] }), 'MLS-12.2-01', {}, [message]);
    const byValue = await member({ proposals: [{ kind: 'update', leafNode: await updateOf({}) }] });
    await expectRefusedByAll(group, byValue, 'MLS-12.2-01');
  });

  it('MLS-12.2-03: with an Update and a Remove of one leaf', async () => {
    const { message, reference } = await stored(remove(3), outsider);
    const commit = await member({ proposals: [remove(3)], references: [reference] });
    await expectRefusedByAll(group, commit, 'MLS-12.2-03', {}, [message]);
  });

  it('MLS-12.2-02: with a Remove of its committer, proposed by another', async () => {
    const { message, reference } = await stored(remove(1), outsider);
    await expectRefusedByAll(group, await member({ references: [reference] }), 'MLS-12.2-02', {}, [message]);
  });

  it.each<[MlsRule, string, () => ReturnType<typeof updateOf>]>([
    ['MLS-7.3-04', 'that says it comes from a KeyPackage', () => updateOf({}, 'keyPackage')],
    ['MLS-7.3-06', 'that keeps its key', () => updateOf({ encryptionKey: own.encryptionKey })],
    ['MLS-5.3.1-01', 'with another credential', () => updateOf({ credential: outsider.credential })],
    [
      'MLS-7.3-07',
      'with the key of another',
      () => updateOf({ encryptionKey: state.tree.leaves[3]!.encryptionKey }),
    ],
  ])('%s: with an Update %s', async (rule, _what, make) => {
    const { message, reference } = await stored({ kind: 'update', leafNode: await make() });
    // The outsider commits: an Update by its own sender would be refused for that.
    const accomplice = honest.at(-1)!;
    const leafNode = await make();
    const commit = await forgeCommit(accomplice.active, accomplice.signer, {
      path: true,
      references: [reference],
      edit: (tree) => {
        tree.update(state.ownLeafIndex, leafNode);
        return [];
      },
    });
    const others: HostileGroup = { ...group, honest: honest.slice(0, -1) };
    await expectRefusedByAll(others, commit, rule, {}, [message]);
  });
});

describe('a proposal is refused:', () => {
  it.each<[MlsRule, string, () => Promise<Uint8Array>]>([
    [
      'MLS-12.1.8-01',
      'ExternalInit of a member',
      () => forgeMessage(state, mallory.signer, { kind: 'proposal', proposal: init(nonce) }),
    ],
    [
      'MLS-12.1.8-02',
      'Update of an external sender',
      async () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: { kind: 'update', leafNode: await updateOf({}) } },
          { kind: 'external', senderIndex: 0 },
        ),
    ],
    [
      'MLS-12.1.8-02',
      'ExternalInit of an external sender',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: init(nonce) },
          { kind: 'external', senderIndex: 0 },
        ),
    ],
    [
      'MLS-6-11',
      'of an external sender that is not listed',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'external', senderIndex: 1 },
        ),
    ],
    [
      'MLS-6-11',
      'of an external sender far outside the list',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'external', senderIndex: 0xffffffff },
        ),
    ],
    [
      'MLS-6.1-01',
      'of an external sender signed by another',
      () =>
        forgeMessage(
          state,
          mallory.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'external', senderIndex: 0 },
        ),
    ],
    [
      'MLS-6-12',
      'Remove of a new member',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'newMemberProposal' },
        ),
    ],
    [
      'MLS-6-13',
      'of a new member that commits',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'newMemberCommit' },
        ),
    ],
    [
      'MLS-6.1-01',
      'Add of a new member signed by another',
      () =>
        forgeMessage(
          state,
          mallory.signer,
          { kind: 'proposal', proposal: { kind: 'add', keyPackage: published } },
          { kind: 'newMemberProposal' },
        ),
    ],
  ])('%s: %s', async (rule, _what, make) => {
    await expectRefusedByAll(group, await make(), rule);
  });

  it('MLS-P-18: that was stored before', async () => {
    const { message } = await stored(externalPsk);
    await expectRefusedByAll(group, message, 'MLS-P-18', {}, [message]);
  });

  it('MLS-P-14: beyond as many as are stored', async () => {
    const first = [];
    for (let i = 0; i <= limits.maxStoredProposals; i++) {
      const psk = { kind: 'external', pskId: Uint8Array.of(i >> 8, i), nonce } as const;
      first.push((await stored({ kind: 'psk', psk })).message);
    }
    const [device] = honest;
    const message = first.pop()!;
    await expectRefusedByAll({ ...group, honest: [device!] }, message, 'MLS-P-14', {}, first);
  });

  it('MLS-11.2-11: after a ReInit, as is everything else', async () => {
    const commit = await member({ proposals: [reInit(1)], path: false });
    for (const { active } of honest) {
      const staged = await unprotect(active, commit, policy);
      if (staged.kind !== 'stagedCommit' || staged.next.kind !== 'active') throw new Error('not staged');
      const closed = staged.next;
      const head = { epoch: closed.groupContext.epoch };
      const later = { ...pretending(state, head), own: { ...closed.own } };
      for (const content of [
        { kind: 'proposal', proposal: remove(0) },
        { kind: 'commit', commit: { proposals: [], path: null } },
      ] as const) {
        const message = await forgeMessage(later, mallory.signer, content);
        expect(await unprotect(closed, message, policy)).toMatchObject({ rule: 'MLS-11.2-11' });
      }
    }
  });
});

describe('a message is refused:', () => {
  const proposal = { kind: 'proposal', proposal: externalPsk } as const;
  it.each<[MlsRule, string, () => Promise<Uint8Array>]>([
    [
      'MLS-6-06',
      'of another group',
      () => forgeMessage(pretending(state, { groupId: Uint8Array.of(1) }), mallory.signer, proposal),
    ],
    [
      'MLS-6-07',
      'of the epoch before',
      () => forgeMessage(pretending(state, { epoch: groupContext.epoch - 1n }), mallory.signer, proposal),
    ],
    [
      'MLS-6-08',
      'of the epoch after',
      () => forgeMessage(pretending(state, { epoch: groupContext.epoch + 1n }), mallory.signer, proposal),
    ],
    [
      'MLS-6-08',
      'of the last epoch there is',
      () => forgeMessage(pretending(state, { epoch: 0xffffffffffffffffn }), mallory.signer, proposal),
    ],
    [
      'MLS-6-09',
      'of a blank leaf',
      () => forgeMessage(state, mallory.signer, proposal, { kind: 'member', leafIndex: blankLeaf }),
    ],
    [
      'MLS-6-09',
      'of a leaf outside the tree',
      () => forgeMessage(state, mallory.signer, proposal, { kind: 'member', leafIndex: 0x80000001 }),
    ],
    ['MLS-6.1-01', 'in the name of another member', () => forgeMessage(state, outsider.signer, proposal)],
    [
      'MLS-6.2-01',
      'with a membership tag made without the key',
      () =>
        forgeMessage(
          { ...state, own: { ...state.own, secrets: { ...state.own.secrets, membershipKey: nonce } } },
          mallory.signer,
          proposal,
        ),
    ],
    [
      'MLS-6.2-02',
      'that shows application data',
      () => forgeMessage(state, mallory.signer, { kind: 'application', data: nonce }),
    ],
    [
      'MLS-6-03',
      'that is a KeyPackage',
      async () => encodeMlsMessage({ kind: 'keyPackage', keyPackage: published }),
    ],
    ['MLS-6-03', 'that is a GroupInfo', async () => group.last.groupInfo],
  ])('%s: %s', async (rule, _what, make) => {
    await expectRefusedByAll(group, await make(), rule);
  });

  it('MLS-6.1-01: in the name of another, with the right tag', async () => {
    const sender = { kind: 'member', leafIndex: alice.active.ownLeafIndex } as const;
    const message = await forgeMessage(state, mallory.signer, proposal, sender);
    await expectRefusedByAll({ ...group, honest: honest.slice(1) }, message, 'MLS-6.1-01');
  });

  it('MLS-6.1-01: that was signed to be sent as PrivateMessage', async () => {
    const format = wireFormats.privateMessage;
    const message = await forgeMessage(state, mallory.signer, proposal, undefined, format);
    await expectRefusedByAll(group, message, 'MLS-6.1-01');
  });

  it('MLS-P-03: that is our own', async () => {
    for (const device of honest) {
      const message = await forgeMessage(device.active, device.signer, proposal);
      await expectRefusedByAll({ ...group, honest: [device] }, message, 'MLS-P-03');
    }
  });
});

import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { extensionTypes, type Proposal } from '../index.ts';
import { proposalRef } from '../labels/labels.ts';
import { writeRequiredCapabilities } from '../structs/capabilities.ts';
import { writeAuthenticatedContent } from '../structs/framedContent.ts';
import { readMlsMessage } from '../structs/mlsMessage.ts';
import { wireFormats } from '../structs/registry.ts';
import type { TreeEditor } from '../tree/ratchetTree.ts';
import { Device, testGroupId, testLifetime } from './device.ts';
import { type Forgery, forgeCommit, forgeMessage } from './forge.ts';
import { forgeLeaf } from './forgeLeaf.ts';
import { hostileGroup, hostileSuite as suite } from './hostileGroup.ts';

/** The malicious member of one hostile group, and what it sends: shared by the tests of messages and commits. */

export const group = await hostileGroup();
export const { mallory, outsider, blankLeaf, honest } = group;
export const state = mallory.active;
export const { groupContext } = state;
export const own = state.tree.leaves[state.ownLeafIndex]!;
export const alice = honest[0]!;
export const privateType = 0xf001;
export const lowOrder = new Uint8Array(32);
export const someKey = (await suite.hpke.generateKeyPair()).publicKey;
export const joiner = await Device.make(suite, 'joiner');
export const published = (await joiner.publish()).keyPackage;
export const remove = (leafIndex: number): Proposal => ({ kind: 'remove', leafIndex });
export const gce = (extensions: readonly { type: number; data: Uint8Array }[]): Proposal => ({
  kind: 'groupContextExtensions',
  extensions,
});
export const nonce = new Uint8Array(32).fill(1);
export const externalPsk: Proposal = {
  kind: 'psk',
  psk: { kind: 'external', pskId: Uint8Array.of(1), nonce },
};
export const resumption = (usage: 'application' | 'reinit' | 'branch'): Proposal => ({
  kind: 'psk',
  psk: { kind: 'resumption', usage, groupId: testGroupId, epoch: 1n, nonce },
});
export const reInit = (version: number): Proposal => ({
  kind: 'reInit',
  reInit: { groupId: Uint8Array.of(7), version, cipherSuite: suite.id, extensions: [] },
});
export const init = (kemOutput: Uint8Array): Proposal => ({ kind: 'externalInit', kemOutput });
export const extension = (type: number, data: Uint8Array = new Uint8Array(0)) => ({ type, data });
export const required = (extensions: number[], proposals: number[], credentials: number[]) =>
  extension(
    extensionTypes.requiredCapabilities,
    encodeWith({ extensions, proposals, credentials }, writeRequiredCapabilities),
  );
export const known = { psks: () => nonce };

/** The tree without a member. */
export function without(leafIndex: number): (tree: TreeEditor) => readonly number[] {
  return (tree) => {
    tree.remove(leafIndex);
    return [];
  };
}

export function member(forgery: Partial<Forgery>): Promise<Uint8Array> {
  return forgeCommit(state, mallory.signer, { path: true, ...forgery });
}

export function external(forgery: Partial<Forgery>): Promise<Uint8Array> {
  return forgeCommit(state, outsider.signer, {
    path: true,
    leaf: { credential: outsider.credential },
    external: (kemOutput) => [init(kemOutput)],
    ...forgery,
  });
}

export function adding(keyPackage: typeof published): Partial<Forgery> {
  return {
    proposals: [{ kind: 'add', keyPackage }],
    edit: (tree) => [tree.add(keyPackage.leafNode)],
  };
}

/** A proposal of the sender as all store it, and the reference that commits use. */
export async function stored(
  proposal: Proposal,
  by: Device = mallory,
): Promise<{ readonly message: Uint8Array; readonly reference: Uint8Array }> {
  const sender = by === outsider ? ({ kind: 'external', senderIndex: 0 } as const) : undefined;
  const from = by === outsider ? state : by.active;
  const message = await forgeMessage(from, by.signer, { kind: 'proposal', proposal }, sender);
  const decoded = decodeWith(message, readMlsMessage);
  if (decoded.kind !== 'publicMessage') throw new Error('not a PublicMessage');
  const { content, auth } = decoded.publicMessage;
  const whole = { wireFormat: wireFormats.publicMessage, content, auth };
  return { message, reference: proposalRef(suite, encodeWith(whole, writeAuthenticatedContent)) };
}

export async function updateOf(
  changes: Parameters<typeof forgeLeaf>[3],
  kind: 'update' | 'keyPackage' = 'update',
) {
  const source = kind === 'update' ? { kind } : ({ kind, lifetime: testLifetime } as const);
  const position = { groupId: groupContext.groupId, leafIndex: state.ownLeafIndex };
  const base = { ...own, encryptionKey: someKey };
  return forgeLeaf(suite, mallory.signer, base, changes, source, position);
}

import {
  commit,
  createGroup,
  createKeyPackage,
  eraseKeyPackage,
  eraseSuperseded,
  type GroupState,
  merge,
  mergeJoin,
  protect,
  type Refused,
  stageWelcome,
  unprotect,
  verifyKeyPackage,
} from '@sotto/mls';
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';

/** Refusals are values; here any of them ends the example. */
function required<T extends { kind: string }>(result: T | Refused): Exclude<T, Refused> {
  if (result.kind === 'refused') throw new Error(`refused: ${(result as Refused).rule}`);
  return result as Exclude<T, Refused>;
}

const utf8 = new TextEncoder();
const suite = (await loadNodeProvider()).suite(suiteIds.hybridChaCha20);
const nowMs = Date.now();
const now = BigInt(Math.floor(nowMs / 1000));
const lifetime = { notBefore: now - 3600n, notAfter: now + 90n * 86_400n };

// Each member has a signing key. It stays a handle: with WebCrypto it may be one that nobody can extract.
const aliceSigner = await suite.signature.importKey(suite.signature.generateSeed());
const bobSigner = await suite.signature.importKey(suite.signature.generateSeed());

// Bob publishes a KeyPackage, and keeps its private half (`encodeKeyPackageSecrets`).
const bobs = await createKeyPackage(suite, bobSigner, {
  credential: { kind: 'basic', identity: utf8.encode('bob') },
  lifetime,
});

// Alice creates a group and commits to adding Bob. Whether bob is Bob is for her to judge, from the credential.
let alice: GroupState = required(
  await createGroup(suite, aliceSigner, {
    groupId: utf8.encode('example'),
    credential: { kind: 'basic', identity: utf8.encode('alice') },
    lifetime,
  }),
);
const keyPackage = required(await verifyKeyPackage(suite, bobs.bytes, { nowMs }));
const pending = required(
  await commit(alice, aliceSigner, { nowMs, proposals: [{ kind: 'add', keyPackage }] }),
);

// Nothing is in force yet. Alice stores the pending commit, sends it, and takes the next state when the server has
// accepted it; then she erases what it replaces.
const aliceBefore = alice;
alice = pending.nextState;
eraseSuperseded(aliceBefore, alice);

// Bob looks at who is in the group before he joins.
const join = required(
  await stageWelcome(suite, {
    welcome: pending.welcomes[0]!.bytes,
    ratchetTree: pending.ratchetTree,
    keyPackage: bobs,
  }),
);
console.log(`Bob sees ${join.roster.length} members, and was added by leaf ${join.adder.leafIndex}.`);
let bob = mergeJoin(join);
eraseKeyPackage(bobs);

// Alice sends. The state she stores before the bytes leave has that message's key used up.
const sent = required(await protect(alice, aliceSigner, utf8.encode('Hello, Bob.')));
eraseSuperseded(alice, sent.state);
alice = sent.state;

// Bob reads it, once.
const read = required(await unprotect(bob, sent.bytes, { nowMs }));
if (read.kind === 'application') {
  console.log(`Bob reads: ${new TextDecoder().decode(read.data)}`);
  eraseSuperseded(bob, read.state);
  bob = read.state;
}
const again = await unprotect(bob, sent.bytes, { nowMs });
if (again.kind === 'refused') console.log(`Again: ${again.reason} (${again.rule})`);

// Bob renews his keys. Alice sees what the commit does before she merges it.
const renewal = required(await commit(bob, bobSigner, { nowMs }));
const staged = required(await unprotect(alice, renewal.commitMessage, { nowMs }));
if (staged.kind === 'stagedCommit') {
  const { committer, added, removed, epoch } = staged.summary;
  console.log(`Epoch ${epoch} by a ${committer.kind}: ${added.length} added, ${removed.length} removed.`);
  const next = merge(staged);
  eraseSuperseded(alice, next);
  if (next.kind === 'active') alice = next;
}
eraseSuperseded(bob, renewal.nextState);
bob = renewal.nextState;
console.log(`Both are in epoch ${alice.groupContext.epoch} and ${bob.groupContext.epoch}.`);

// ts-mls with its default provider, suite 1, for a 100-byte message: prints microseconds to protect and to unprotect.
import * as mls from 'ts-mls';

const suiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
const suite = await mls.getCiphersuiteImpl(mls.getCiphersuiteFromName(suiteName));
const capabilities: mls.Capabilities = {
  versions: ['mls10'],
  ciphersuites: [suiteName],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
};

async function createKeys(name: string) {
  const credential: mls.Credential = { credentialType: 'basic', identity: new TextEncoder().encode(name) };
  return await mls.generateKeyPackage(credential, capabilities, mls.defaultLifetime, [], suite);
}

const rounds = Number(process.argv[2] ?? 5);
const count = Number(process.argv[3] ?? 100);
const alice = await createKeys('alice');
const bob = await createKeys('bob');
let sender = await mls.createGroup(
  new TextEncoder().encode('group'),
  alice.publicPackage,
  alice.privatePackage,
  [],
  suite,
);
const add: mls.Proposal = { proposalType: 'add', add: { keyPackage: bob.publicPackage } };
const adding = await mls.createCommit({ state: sender, cipherSuite: suite }, { extraProposals: [add] });
sender = adding.newState;
let receiver = await mls.joinGroup(
  adding.welcome!,
  bob.publicPackage,
  bob.privatePackage,
  mls.emptyPskIndex,
  suite,
  sender.ratchetTree,
);
const data = crypto.getRandomValues(new Uint8Array(100));
const protect: number[] = [];
const unprotect: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const messages: Uint8Array[] = [];
  let startMs = performance.now();
  for (let i = 0; i < count; i++) {
    const made = await mls.createApplicationMessage(sender, data, suite);
    sender = made.newState;
    const { privateMessage } = made;
    messages.push(
      mls.encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }),
    );
  }
  const protectTime = performance.now() - startMs;
  startMs = performance.now();
  for (const bytes of messages) {
    const [message] = mls.decodeMlsMessage(bytes, 0)!;
    if (message.wireformat !== 'mls_private_message') throw new Error('another wire format');
    const { privateMessage } = message;
    const read = await mls.processPrivateMessage(receiver, privateMessage, mls.emptyPskIndex, suite);
    receiver = read.newState;
  }
  const unprotectTime = performance.now() - startMs;
  if (round === 0) continue;
  protect.push((protectTime * 1000) / count);
  unprotect.push((unprotectTime * 1000) / count);
}
console.log(JSON.stringify({ protect: Math.min(...protect), unprotect: Math.min(...unprotect) }));

import { type CipherSuite, suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import * as peer from 'ts-mls';
import type { Signer } from '../index.ts';
import { testGroupId, testLifetime } from './device.ts';

/** ts-mls 1.6.4, an independent implementation, behind what tests ask of a member. */

const wire = { version: 'mls10' } as const;

interface SharedSuite {
  readonly name: peer.CiphersuiteName;
  readonly ours: CipherSuite;
  readonly theirs: peer.CiphersuiteImpl;
}

async function sharedSuite(ours: CipherSuite, name: peer.CiphersuiteName): Promise<SharedSuite> {
  return { name, ours, theirs: await peer.getCiphersuiteImpl(peer.getCiphersuiteFromName(name)) };
}

const provider = await loadNodeProvider();

/** The suites that both have. (ts-mls takes ChaCha20-Poly1305 from `@hpke/chacha20poly1305`.) */
export const sharedSuites: readonly SharedSuite[] = [
  await sharedSuite(provider.suite(suiteIds.x25519Aes128), 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'),
  await sharedSuite(
    provider.suite(suiteIds.x25519ChaCha20),
    'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
  ),
];

/** A member that runs on ts-mls. */
export class Peer {
  readonly suite: peer.CiphersuiteImpl;
  readonly keys: Awaited<ReturnType<typeof peer.generateKeyPackage>>;
  #state: peer.ClientState | null = null;

  constructor(suite: peer.CiphersuiteImpl, keys: Peer['keys']) {
    this.suite = suite;
    this.keys = keys;
  }

  static async make(suite: peer.CiphersuiteImpl, name: string): Promise<Peer> {
    const capabilities: peer.Capabilities = {
      versions: ['mls10'],
      ciphersuites: [suite.name],
      extensions: [],
      proposals: [],
      credentials: ['basic'],
    };
    const credential: peer.Credential = {
      credentialType: 'basic',
      identity: new TextEncoder().encode(name),
    };
    return new Peer(suite, await peer.generateKeyPackage(credential, capabilities, testLifetime, [], suite));
  }

  get state(): peer.ClientState {
    if (this.#state === null) throw new Error('not in a group');
    return this.#state;
  }

  get keyPackage(): Uint8Array {
    const keyPackage = this.keys.publicPackage;
    return peer.encodeMlsMessage({ ...wire, wireformat: 'mls_key_package', keyPackage });
  }

  async signer(suite: CipherSuite): Promise<Signer> {
    return suite.signature.importKey(this.keys.privatePackage.signaturePrivateKey.slice(-32));
  }

  async create(): Promise<void> {
    const { publicPackage, privatePackage } = this.keys;
    this.#state = await peer.createGroup(testGroupId, publicPackage, privatePackage, [], this.suite);
  }

  async join(welcome: Uint8Array): Promise<void> {
    const message = peer.decodeMlsMessage(welcome, 0)?.[0];
    if (message?.wireformat !== 'mls_welcome') throw new Error('not a Welcome');
    const { publicPackage, privatePackage } = this.keys;
    const none = peer.emptyPskIndex;
    this.#state = await peer.joinGroup(message.welcome, publicPackage, privatePackage, none, this.suite);
  }

  async joinExternally(groupInfo: Uint8Array): Promise<Uint8Array> {
    const message = peer.decodeMlsMessage(groupInfo, 0)?.[0];
    if (message?.wireformat !== 'mls_group_info') throw new Error('not a GroupInfo');
    const { publicPackage, privatePackage } = this.keys;
    const info = message.groupInfo;
    const made = await peer.joinGroupExternal(info, publicPackage, privatePackage, false, this.suite);
    this.#state = made.newState;
    const { publicMessage } = made;
    return peer.encodeMlsMessage({ ...wire, wireformat: 'mls_public_message', publicMessage });
  }

  async groupInfo(): Promise<Uint8Array> {
    const groupInfo = await peer.createGroupInfoWithExternalPubAndRatchetTree(this.state, [], this.suite);
    return peer.encodeMlsMessage({ ...wire, wireformat: 'mls_group_info', groupInfo });
  }

  async commit(
    extraProposals: peer.Proposal[] = [],
  ): Promise<{ commit: Uint8Array; welcome: Uint8Array | null }> {
    const context = { state: this.state, cipherSuite: this.suite };
    const made = await peer.createCommit(context, { extraProposals, ratchetTreeExtension: true });
    this.#state = made.newState;
    const { welcome } = made;
    return {
      commit: peer.encodeMlsMessage(made.commit),
      welcome: welcome ? peer.encodeMlsMessage({ ...wire, wireformat: 'mls_welcome', welcome }) : null,
    };
  }

  async send(text: string): Promise<Uint8Array> {
    const data = new TextEncoder().encode(text);
    const made = await peer.createApplicationMessage(this.state, data, this.suite);
    this.#state = made.newState;
    const { privateMessage } = made;
    return peer.encodeMlsMessage({ ...wire, wireformat: 'mls_private_message', privateMessage });
  }

  /** The text of an application message, or null for a commit. */
  async receive(bytes: Uint8Array): Promise<string | null> {
    const message = peer.decodeMlsMessage(bytes, 0)?.[0];
    if (message?.wireformat !== 'mls_private_message' && message?.wireformat !== 'mls_public_message') {
      throw new Error('not a group message');
    }
    const psks = peer.makePskIndex(this.state, {});
    const result = await peer.processMessage(message, this.state, psks, peer.acceptAll, this.suite);
    this.#state = result.newState;
    return result.kind === 'applicationMessage' ? new TextDecoder().decode(result.message) : null;
  }
}

export function addProposal(keyPackage: Uint8Array): peer.Proposal {
  const message = peer.decodeMlsMessage(keyPackage, 0)?.[0];
  if (message?.wireformat !== 'mls_key_package') throw new Error('not a KeyPackage');
  return { proposalType: 'add', add: { keyPackage: message.keyPackage } };
}

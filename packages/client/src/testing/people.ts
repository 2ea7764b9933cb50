/** For measuring: accounts and their conversations as devices make them, without sign-in or server, on any platform. */
import {
  type ConversationGroup,
  CredentialCache,
  type CryptoContext,
  createAccountSecrets,
  createChain,
  createConversationGroup,
  createDevice,
  createDeviceCredential,
  createKeyPackages,
  directPolicy,
  joinFromWelcome,
  type PendingCommit,
  type Provider,
  type Self,
  type stageCommit,
  type VerifiedChain,
} from '@sotto/crypto';
import type { AccountId, ChainEntry, ConversationId } from '@sotto/protocol';

export interface Person {
  readonly self: Self;
  readonly chain: VerifiedChain;
}

/** A new account with one device, and the entry of its chain. */
export async function createPerson(provider: Provider): Promise<Person & { readonly entry: ChainEntry }> {
  const accountId = provider.randomBytes(16).toHex() as AccountId;
  const { secrets, historyPublicKey } = await createAccountSecrets(provider);
  const { identitySeed } = secrets;
  const { deviceId, signingKey } = await createDevice(provider);
  const device = { deviceId, signatureKey: signingKey.publicKey, notAfterMs: null };
  const { chain, entry } = await createChain(provider, {
    accountId,
    identitySeed,
    historyPublicKey,
    device,
    nowMs: Date.now(),
  });
  const credential = await createDeviceCredential(provider, identitySeed, chain, deviceId);
  return { self: { accountId, deviceId, signingKey, credential }, chain, entry };
}

const credentials = new CredentialCache();
export function contextOf(provider: Provider): CryptoContext {
  return { provider, nowMs: Date.now(), credentials };
}

/** A directory that knows these people. */
export function directoryOf(people: readonly Person[]): Parameters<typeof stageCommit>[3] {
  return {
    async chainOf(accountId, atLeastSeq) {
      const chain = people.find(({ self }) => self.accountId === accountId)?.chain;
      return chain !== undefined && chain.seq >= atLeastSeq ? chain : null;
    },
  };
}

/** A direct conversation of two: what its creation commits, and the group as each of them has it. */
export async function createPair(
  provider: Provider,
  own: Person,
  peer: Person,
): Promise<{
  readonly created: PendingCommit;
  readonly groups: readonly [ConversationGroup, ConversationGroup];
}> {
  const conversationId = provider.randomBytes(16).toHex() as ConversationId;
  const directory = directoryOf([own, peer]);
  const [keyPackage] = await createKeyPackages(contextOf(provider), peer.self, 1);
  const { accountId, deviceId } = peer.self;
  const created = accepted(
    await createConversationGroup(
      contextOf(provider),
      own.self,
      {
        conversationId,
        policy: directPolicy([own.self.accountId, accountId]),
        members: [{ accountId, deviceId, keyPackage: keyPackage!.keyPackage }],
      },
      directory,
    ),
  );
  const joined = accepted(
    await joinFromWelcome(
      contextOf(provider),
      peer.self,
      {
        conversationId,
        welcome: created.append.welcomes[0]!.welcome,
        ratchetTree: created.append.ratchetTree,
        findKeyPackage: () => keyPackage!.privatePart,
      },
      directory,
    ),
  );
  return { created, groups: [created.next, joined.group] };
}

/** The value of an operation that must not be refused. */
export function accepted<T extends { kind: string }>(result: T): Exclude<T, { kind: 'refused' }> {
  if (result.kind === 'refused') throw new Error(`refused: ${JSON.stringify(result)}`);
  return result as Exclude<T, { kind: 'refused' }>;
}

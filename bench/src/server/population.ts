/** Accounts and conversations put straight into a database, so that measurements need no sign-in. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import { type AccountId, type ConversationId, type DeviceId, idFromBytes, idToBytes } from '@sotto/protocol';
import { openDatabase, SqliteStore, systemClock } from '@sotto/server';

export interface Member {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly key: KeyObject;
}

export interface Group {
  readonly conversationId: ConversationId;
  readonly sender: Member;
  readonly receivers: readonly Member[];
}

/** `groups` conversations of one sender and `receivers` others each, in a new database in `folder`. */
export async function populate(folder: string, groups: number, receivers: number): Promise<Group[]> {
  const opened = openDatabase(join(folder, 'sotto.db'));
  if (opened.kind === 'refused') throw new Error(opened.sentence);
  const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
  const created = await Promise.all(
    Array.from({ length: groups }, async (_, group) => {
      const members = await Promise.all(
        Array.from({ length: receivers + 1 }, (_, i) => addMember(store, `m${group}x${i}`)),
      );
      const [sender, ...others] = members as [Member, ...Member[]];
      const conversationId = randomId<ConversationId>();
      const outcome = await store.createConversation({
        conversationId,
        sender,
        transactionId: randomBytes(16),
        nowMs: Date.now(),
        directAccountIds: [],
        commit: {
          commit: randomBytes(100),
          external: false,
          added: others,
          removed: [],
          accountsAdded: [],
          accountsRemoved: [],
          note: new Uint8Array(),
          welcomeEnd: new Uint8Array(),
          groupInfo: randomBytes(100),
          ratchetTree: randomBytes(100),
          welcomes: others.map(({ deviceId }) => ({ deviceId, welcome: randomBytes(100) })),
          deposits: [],
        },
      });
      if (outcome.kind === 'refused') throw new Error(outcome.error.code);
      return { conversationId, sender, receivers: others };
    }),
  );
  await store.close();
  return created;
}

/** Signs the challenge as the device of `member`. */
export function signChallenge({ accountId, deviceId, key }: Member, serverId: Uint8Array, nonce: Uint8Array) {
  const ids = [idToBytes(accountId), idToBytes(deviceId)] as const;
  const signed = Buffer.concat([Buffer.from('Sotto 1 authenticate'), serverId, nonce, ...ids]);
  return { accountId: ids[0], deviceId: ids[1], signature: sign(null, signed, key) };
}

async function addMember(store: SqliteStore, username: string): Promise<Member> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const accountId = randomId<AccountId>();
  const deviceId = randomId<DeviceId>();
  const signatureKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  await store.createAccount({
    accountId,
    username,
    registrationRecord: 'none',
    vault: randomBytes(16),
    chainEntry: { seq: 0, body: randomBytes(16), signature: randomBytes(64) },
    device: { deviceId, signatureKey, notAfterMs: 0 },
    inviteTokenHash: null,
    inviteNeeded: false,
    nowMs: Date.now(),
  });
  return { accountId, deviceId, key: privateKey };
}

function randomId<Id extends AccountId | DeviceId | ConversationId>(): Id {
  return idFromBytes<Id>(randomBytes(16))!;
}

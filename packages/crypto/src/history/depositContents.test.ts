/** Deposits of groups: with the roles of their epoch, of several epochs, and deposits that lie. */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes } from '@sotto/primitives';
import { type AccountId, type ConversationId, DepositedEpochSchema, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EpochRoles } from '../group/policyTypes.ts';
import { rolesMessage } from '../group/rightsCodec.ts';
import { defaultRights, isSameRoles, mightDo } from '../group/roles.ts';
import type { Deposit, DepositedKey } from '../group/types.ts';
import { flipBit, provider, TestAccount } from '../testing/account.ts';
import { accepted, deviceOf, type TestDevice } from '../testing/conversation.ts';
import { createDeposit, openDeposit } from './deposit.ts';
import { decodeDepositContents, depositLots, encodeDepositContents } from './depositContents.ts';

let anna: TestDevice;
let ben: TestDevice;
const conversationId = '0c'.repeat(16) as ConversationId;
const id = (number: number) => number.toString(16).padStart(32, '0') as AccountId;
const keyOf = (epoch: bigint) => new Uint8Array(32).fill(Number(epoch % 251n) + 1);
const roles: EpochRoles = { ownerId: id(9), adminIds: [id(1), id(2)], rights: defaultRights, isLarge: false };
const otherRoles: EpochRoles = { ...roles, adminIds: [] };

beforeAll(async () => {
  [anna, ben] = await Promise.all([TestAccount.create(), TestAccount.create()]).then(
    async ([one, other]) => [await deviceOf(one!), await deviceOf(other!)] as [TestDevice, TestDevice],
  );
});

const key = (epoch: bigint, of?: EpochRoles): DepositedKey => ({
  epoch,
  historyKey: keyOf(epoch),
  ...(of === undefined ? {} : { roles: of }),
});

function deposit(keys: DepositedKey & { earlier?: readonly DepositedKey[] }): Promise<Deposit> {
  return createDeposit(provider, anna.self, { conversationId, ...keys }, ben.account.chain);
}

async function open(made: Deposit) {
  const recipient = {
    accountId: ben.self.accountId,
    historyPrivateKeys: [ben.account.secrets.historyPrivateKey],
  };
  return openDeposit(provider, recipient, made, anna.self, anna.account.chain);
}

const reason = async (made: Deposit) => {
  const opened = await open(made);
  return opened.kind === 'refused' ? opened.reason : 'opened';
};

describe('a deposit', () => {
  it('of a group says who could do what in its epoch', async () => {
    const opened = accepted(await open(await deposit(key(7n, roles))));
    expect(opened).toEqual({ kind: 'deposit', epoch: 7n, historyKey: keyOf(7n), roles, earlier: [] });
    expect(isSameRoles(opened.roles!, roles)).toBe(true);
    expect(isSameRoles(opened.roles!, otherRoles)).toBe(false);
    expect(isSameRoles(roles, { ...roles, rights: { ...defaultRights, pin: 'owner' } })).toBe(false);
    expect(isSameRoles(roles, { ...roles, ownerId: id(8) })).toBe(false);
    expect(isSameRoles(roles, { ...roles, isLarge: true })).toBe(false);
    expect(mightDo(roles, id(1), 'deleteMessages')).toBe(true);
    expect(mightDo(roles, id(9), 'deleteMessages')).toBe(true);
    expect(mightDo(roles, id(3), 'deleteMessages')).toBe(false);
  });

  it('of a direct conversation is its key alone, as before', async () => {
    const made = await deposit(key(7n));
    expect(made.sealed).toHaveLength(32 + 16);
    expect(made).not.toHaveProperty('firstEpoch');
    expect(accepted(await open(made))).toEqual({ kind: 'deposit', epoch: 7n, historyKey: keyOf(7n) });
  });

  it('holds the keys of earlier epochs for who comes later', async () => {
    const earlier = [key(8n, roles), key(7n, roles), key(5n, roles), key(4n, otherRoles)];
    const made = await deposit({ ...key(9n, roles), earlier });
    expect(made).toMatchObject({ epoch: 9n, firstEpoch: 4n });
    expect(accepted(await open(made)).earlier).toEqual(earlier);
  });

  it('opens for the epochs only that were signed', async () => {
    const made = await deposit({ ...key(9n, roles), earlier: [key(8n, roles)] });
    expect(await reason(made)).toBe('opened');
    expect(await reason({ ...made, firstEpoch: 7n })).toBe('invalid_signature');
    const { firstEpoch, ...without } = made;
    expect(firstEpoch).toBe(8n);
    expect(await reason(without)).toBe('invalid_signature');
    const single = await deposit(key(9n, roles));
    expect(await reason({ ...single, firstEpoch: 9n })).toBe('invalid_signature');
    expect(await reason({ ...single, epoch: 8n })).toBe('invalid_signature');
    expect(await reason({ ...made, sealed: flipBit(made.sealed, 9) })).toBe('invalid_signature');
    const large = { ...made, sealed: new Uint8Array(limits.depositSizeBytes) };
    expect(await reason(large)).toBe('malformed');
  });
});

describe('what a deposit holds', () => {
  const decode = (
    parts: Parameters<typeof create<typeof DepositedEpochSchema>>[1],
    epoch = 9n,
    first = 0n,
  ) => {
    const message = toBinary(DepositedEpochSchema, create(DepositedEpochSchema, parts));
    return decodeDepositContents(concatBytes(keyOf(epoch), message), epoch, first);
  };
  const some = rolesMessage(roles);

  it('is refused where it lies about epochs or roles', () => {
    const keys = new Uint8Array(64);
    expect(decode({ roles: some, earlier: [{ firstEpoch: 7n, keys, roles: some }] })).not.toBeNull();
    // Of its own epoch, of a later one, of one before the first, twice, ascending, or none.
    expect(decode({ roles: some, earlier: [{ firstEpoch: 8n, keys, roles: some }] })).toBeNull();
    expect(decode({ roles: some, earlier: [{ firstEpoch: 20n, keys, roles: some }] })).toBeNull();
    expect(decode({ roles: some, earlier: [{ firstEpoch: 6n, keys }] }, 9n, 7n)).toBeNull();
    const twice = [
      { firstEpoch: 5n, keys },
      { firstEpoch: 6n, keys },
    ];
    expect(decode({ roles: some, earlier: twice })).toBeNull();
    expect(decode({ roles: some, earlier: twice.toReversed() })).toBeNull();
    expect(decode({ roles: some, earlier: [{ firstEpoch: 7n, keys: new Uint8Array(0) }] })).toBeNull();
    expect(decode({ roles: some, earlier: [{ firstEpoch: 7n, keys: new Uint8Array(33) }] })).toBeNull();
    const { ownerId } = some;
    const rights = some.rights!;
    expect(decode({ roles: { adminIds: [], rights } })).toBeNull();
    expect(decode({ roles: { ownerId, adminIds: [ownerId], rights } })).toBeNull();
    expect(decode({ roles: { ownerId, adminIds: [] } })).toBeNull();
    expect(decode({ roles: { ownerId, adminIds: [], rights: { ...rights, removeMembers: 1 } } })).toBeNull();
    const many = Array.from({ length: 33 }, (_, at) => Uint8Array.fromHex(id(at + 10)));
    expect(decode({ roles: { ownerId, adminIds: many, rights } })).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt(0n, 20n), (bytes, epoch) => {
        const read = decodeDepositContents(bytes, epoch, 0n);
        for (const one of read?.earlier ?? []) expect(one.epoch).toBeLessThan(epoch);
      }),
    );
  });

  it('fits deposits in as few lots as there need to be, and reads back', () => {
    const epochs = fc.uniqueArray(fc.bigInt(1n, 2000n), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(epochs, fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }), (list, which) => {
        const keys = list.map((epoch, at) => key(epoch, which[at] ? roles : otherRoles));
        const lots = depositLots(keys);
        const back = lots.flatMap((lot) => {
          const contents = encodeDepositContents(lot);
          expect(contents.length).toBeLessThan(limits.depositSizeBytes - 1200);
          const first = lot.earlier?.at(-1)?.epoch ?? lot.epoch;
          const read = decodeDepositContents(contents, lot.epoch, first)!;
          return [{ epoch: lot.epoch, historyKey: read.historyKey, roles: read.roles }, ...read.earlier!];
        });
        expect(back).toEqual(keys.toSorted((one, other) => Number(other.epoch - one.epoch)));
      }),
      { numRuns: 30 },
    );
    const thousand = Array.from({ length: 900 }, (_, at) => key(BigInt(at + 1), roles));
    expect(depositLots(thousand)).toHaveLength(1);
    expect(depositLots([])).toEqual([]);
  });
});

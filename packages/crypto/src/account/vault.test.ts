import { clone } from '@bufbuild/protobuf';
import { type AccountId, type Vault, VaultSchema, VaultSlotKind } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { flipBit, provider } from '../testing/account.ts';
import type { AccountSecrets, VaultKey, VaultSlotPublic } from './types.ts';
import {
  createAccountSecrets,
  createSlotKey,
  openVault,
  renewHistoryKey,
  sealVault,
  vaultHash,
} from './vault.ts';

const accountId = '000102030405060708090a0b0c0d0e0f' as AccountId;
const exportKey = provider.randomBytes(64);
const recoverySecret = provider.randomBytes(20);
const keys: readonly VaultKey[] = [
  { kind: 'password', exportKey },
  { kind: 'recovery', recoverySecret },
];
let secrets: AccountSecrets;
let vault: Vault;
let slots: VaultSlotPublic[];

beforeAll(async () => {
  secrets = (await createAccountSecrets(provider)).secrets;
  slots = await Promise.all(keys.map((key) => createSlotKey(provider, accountId, key)));
  vault = await sealVault(provider, accountId, secrets, slots);
});

function refusal(reason: string) {
  return { kind: 'refused', reason };
}

describe('vault', () => {
  it('opens with either key and gives the same secrets', async () => {
    for (const key of keys) {
      expect(await openVault(provider, accountId, vault, key)).toEqual({ kind: 'opened', secrets, slots });
    }
  });

  it('is sealed anew for all slots by whoever opened it with one, and the old one is told apart', async () => {
    const opened = await openVault(provider, accountId, vault, keys[0]!);
    if (opened.kind === 'refused') throw new Error(opened.reason);
    const renewed = await renewHistoryKey(provider, opened.secrets);
    const next = await sealVault(provider, accountId, renewed.secrets, opened.slots);
    for (const key of keys) {
      const again = await openVault(provider, accountId, next, key);
      expect(again).toEqual({ kind: 'opened', secrets: renewed.secrets, slots });
    }
    expect(renewed.secrets.earlierHistoryPrivateKeys).toEqual([secrets.historyPrivateKey]);
    expect(vaultHash(provider, next)).not.toEqual(vaultHash(provider, vault));
    const mixed = { ...next, slots: vault.slots };
    expect(await openVault(provider, accountId, mixed, keys[0]!)).toEqual(refusal('damaged'));
  });

  it('tells a wrong key before opening anything', async () => {
    const wrong: VaultKey[] = [
      { kind: 'password', exportKey: flipBit(exportKey, 0) },
      { kind: 'recovery', recoverySecret: flipBit(recoverySecret, 159) },
      { kind: 'password', exportKey: recoverySecret },
    ];
    for (const key of wrong) {
      expect(await openVault(provider, accountId, vault, key)).toEqual(refusal('wrong_key'));
    }
  });

  it('is not another account\u2019s', async () => {
    const other = 'ffffffffffffffffffffffffffffffff' as AccountId;
    expect(await openVault(provider, other, vault, keys[0]!)).toEqual(refusal('wrong_key'));
  });

  it('refuses any flipped bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('sealed', 'salt', 'commitment', 'wrapped'),
        fc.nat(),
        async (part, bit) => {
          const bad = clone(VaultSchema, vault);
          const slot = bad.slots.find(({ kind }) => kind === VaultSlotKind.PASSWORD)!;
          if (part === 'sealed') bad.sealed = flipBit(bad.sealed, bit % (bad.sealed.length * 8));
          else {
            const field = part as 'salt' | 'commitment' | 'wrapped';
            slot[field] = flipBit(slot[field], bit % (slot[field].length * 8));
          }
          const opened = await openVault(provider, accountId, bad, keys[0]!);
          const isKeyPart = part === 'salt' || part === 'commitment';
          expect(opened).toEqual(refusal(isKeyPart ? 'wrong_key' : 'damaged'));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses missing, doubled and truncated parts and other versions', async () => {
    const cases: [string, (bad: Vault) => void][] = [
      ['malformed', (bad) => (bad.version = 2)],
      ['malformed', (bad) => bad.slots.push(bad.slots[0]!)],
      ['malformed', (bad) => (bad.slots[0]!.salt = new Uint8Array(31))],
      ['malformed', (bad) => (bad.sealed = new Uint8Array(40_000))],
      ['no_such_slot', (bad) => (bad.slots = bad.slots.slice(1))],
      ['wrong_key', (bad) => (bad.slots[0]!.commitment = new Uint8Array(0))],
      ['damaged', (bad) => (bad.slots[0]!.wrapped = new Uint8Array(0))],
      ['damaged', (bad) => (bad.sealed = bad.sealed.slice(0, 30))],
      ['damaged', (bad) => (bad.slots[0]!.wrapped = bad.slots[1]!.wrapped)],
    ];
    for (const [reason, spoil] of cases) {
      const bad = clone(VaultSchema, vault);
      spoil(bad);
      expect(await openVault(provider, accountId, bad, keys[0]!)).toEqual(refusal(reason));
    }
  });
});

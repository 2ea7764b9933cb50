import { type ConversationGroup, historyKeyOf, isHistoryOn, openDeposit, rolesOf } from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { canHaveSpoken } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import type { Sql } from '../ports.ts';
import { type DepositRow, deleteDeposit, readDeposits } from './depositTable.ts';
import { type EpochKey, insertEpochKey, readEpochKeys } from './epochKeyTable.ts';

/** The history key of the group's epoch, for storage with the group; null where history is off. */
export function epochKeyOf(group: ConversationGroup): EpochKey | null {
  if (!isHistoryOn(group.policy)) return null;
  return {
    logId: group.conversationId,
    epoch: group.epoch,
    historyKey: historyKeyOf(group),
    derived: true,
    ...(group.policy.kind === 'group' ? { roles: rolesOf(group.policy) } : {}),
  };
}

/** Stores the key of the epoch that this device has entered, in the transaction that stores the group. */
export function storeEpochKey(sql: Sql, group: ConversationGroup): void {
  const key = epochKeyOf(group);
  if (key !== null) insertEpochKey(sql, key);
}

/** History keys of some epochs of one conversation, and what to store once they are known. */
export interface FoundKeys {
  readonly keys: ReadonlyMap<bigint, readonly EpochKey[]>;
  /** Accounts whose chain, as it is here, does not have a device that deposited a key that is missing. */
  readonly wanted: ReadonlySet<AccountId>;
  /** In the transaction that stores what was opened with them. */
  store(sql: Sql): void;
}

/**
 * The keys of these epochs: those stored, else those of deposits that open. Only deposits of the conversation's own
 * accounts count, so nobody else can put a key in the place of theirs; and those of removed devices only where there is
 * no other.
 */
export async function findEpochKeys(
  device: DeviceContext,
  step: Pick<Step, 'read'>,
  row: ConversationRow,
  logId: ConversationId,
  epochs: Iterable<bigint>,
  /** Accounts that are known to have been members, beside those that are stored. */
  former: ReadonlySet<AccountId> = new Set(),
): Promise<FoundKeys> {
  const keys = new Map<bigint, readonly EpochKey[]>();
  const results = new Map<number, Awaited<ReturnType<typeof openDeposit>>>();
  const wanted = new Set<AccountId>();
  const opened: { readonly key: EpochKey; readonly isOwnWord: boolean }[] = [];
  const done: DepositRow[] = [];
  const historyPrivateKeys = step.read(readHistoryKeys);
  const recipient = { accountId: device.self.accountId, historyPrivateKeys };
  for (const epoch of new Set(epochs)) {
    const { stored, deposits } = step.read((sql) => ({
      stored: readEpochKeys(sql, logId, epoch),
      deposits: readDeposits(sql, logId, epoch),
    }));
    const found = [...stored];
    const ofOwn: EpochKey[] = [];
    const ofRemoved: EpochKey[] = [];
    const unknown = new Set<AccountId>();
    for (const one of deposits) {
      const { accountId } = one.depositor;
      const isOurs =
        former.has(accountId) ||
        step.read((sql) => canHaveSpoken(sql, device.self.accountId, row, accountId));
      if (!isOurs) continue;
      const chain = await device.directory.chain(accountId);
      if (chain === null) {
        unknown.add(accountId);
        continue;
      }
      const result =
        results.get(one.seq) ??
        (await openDeposit(device.provider, recipient, one.deposit, one.depositor, chain));
      results.set(one.seq, result);
      // A device that the chain as it is known here does not have yet may turn out to be one, and the account's new
      // history key, to which it is sealed, may be on its way.
      const reason = result.kind === 'refused' ? result.reason : null;
      if (reason === 'unknown_sender') unknown.add(accountId);
      if (reason === 'unknown_sender' || reason === 'not_decryptable') continue;
      done.push(one);
      if (result.kind === 'refused') continue;
      const held = [result, ...(result.earlier ?? [])];
      const all = held.map(
        ({ epoch: of, historyKey, roles }): EpochKey => ({
          logId,
          epoch: of,
          historyKey,
          derived: false,
          ...(roles === undefined ? {} : { roles }),
        }),
      );
      const key = all.find((one) => one.epoch === epoch);
      if (!chain.devices.has(one.depositor.deviceId)) {
        if (key !== undefined) ofRemoved.push(key);
        continue;
      }
      const isOwnWord = accountId === device.self.accountId;
      if (key !== undefined) (isOwnWord ? ofOwn : found).push(key);
      opened.push(...all.map((one) => ({ key: one, isOwnWord })));
    }
    // A removed device could deposit a key of its own for a time after it, and write under that.
    if (found.length + ofOwn.length === 0) {
      for (const key of ofRemoved) {
        found.push(key);
        opened.push({ key, isOwnWord: false });
      }
    }
    // What the account's own devices deposited they had derived.
    const isCertain = found[0]?.derived === true;
    keys.set(epoch, isCertain ? [...found, ...ofOwn] : [...ofOwn, ...found]);
    if (found.length + ofOwn.length === 0) for (const account of unknown) wanted.add(account);
  }
  return {
    keys,
    wanted,
    store: (sql) => {
      for (const { key, isOwnWord } of opened) insertEpochKey(sql, key, isOwnWord);
      for (const { seq } of done) deleteDeposit(sql, seq);
    },
  };
}

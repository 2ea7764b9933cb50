import { type ConversationGroup, historyKeyOf, isHistoryOn, openDeposit } from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
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
  };
}

/** Stores the key of the epoch that this device has entered, in the transaction that stores the group. */
export function storeEpochKey(sql: Sql, group: ConversationGroup): void {
  const key = epochKeyOf(group);
  if (key !== null) insertEpochKey(sql, key);
}

/** History keys of some epochs of one conversation, and what to store once they are known. */
export interface FoundKeys {
  readonly keys: ReadonlyMap<bigint, readonly Uint8Array[]>;
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
): Promise<FoundKeys> {
  const keys = new Map<bigint, readonly Uint8Array[]>();
  const wanted = new Set<AccountId>();
  const opened: EpochKey[] = [];
  const done: DepositRow[] = [];
  const historyPrivateKeys = step.read(readHistoryKeys);
  const recipient = { accountId: device.self.accountId, historyPrivateKeys };
  const members: ReadonlySet<AccountId> = new Set([device.self.accountId, row.peerId]);
  for (const epoch of new Set(epochs)) {
    const { stored, deposits } = step.read((sql) => ({
      stored: readEpochKeys(sql, logId, epoch),
      deposits: readDeposits(sql, logId, epoch),
    }));
    const found = [...stored];
    const former: EpochKey[] = [];
    const unknown = new Set<AccountId>();
    for (const one of deposits) {
      if (!members.has(one.depositor.accountId)) continue;
      const chain = await device.directory.chain(one.depositor.accountId);
      if (chain === null) {
        unknown.add(one.depositor.accountId);
        continue;
      }
      const result = await openDeposit(device.provider, recipient, one.deposit, one.depositor, chain);
      // A device that the chain as it is known here does not have yet may turn out to be one, and the account's new
      // history key, to which it is sealed, may be on its way.
      const reason = result.kind === 'refused' ? result.reason : null;
      if (reason === 'unknown_sender') unknown.add(one.depositor.accountId);
      if (reason === 'unknown_sender' || reason === 'not_decryptable') continue;
      done.push(one);
      if (result.kind === 'refused') continue;
      const key = { logId, epoch, historyKey: result.historyKey, derived: false };
      if (!chain.devices.has(one.depositor.deviceId)) {
        former.push(key);
        continue;
      }
      found.push(key.historyKey);
      opened.push(key);
    }
    // A removed device could deposit a key of its own for a time after it, and write under that.
    if (found.length === 0) {
      for (const key of former) {
        found.push(key.historyKey);
        opened.push(key);
      }
    }
    keys.set(epoch, found);
    if (found.length === 0) for (const account of unknown) wanted.add(account);
  }
  return {
    keys,
    wanted,
    store: (sql) => {
      for (const key of opened) insertEpochKey(sql, key);
      for (const { seq } of done) deleteDeposit(sql, seq);
    },
  };
}

import type { AccountId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import { readReplacement } from '../identity/replacedTable.ts';

/** Whether the account can come to a group: its chain is here, and nobody took its place, as far as is known. */
export function isReachable(device: DeviceContext, accountId: AccountId): boolean {
  if (device.directory.account(accountId) === null) return false;
  return device.database.read((sql) => readReplacement(sql, accountId)) === null;
}

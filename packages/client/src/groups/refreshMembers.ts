import type { ConversationRow } from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';

/**
 * The chains of the members as they are now, once on each connection: what changes after that the server tells. Before a
 * commit, so that what it deposits is sealed past devices that were removed. False where they cannot be had.
 */
export function refreshMembers(device: DeviceContext, row: ConversationRow): Promise<boolean> {
  const { accountId } = device.self;
  return device.directory.fetchAllOnce(device.database.read((sql) => memberIds(sql, accountId, row)));
}

/**
 * The newest entry of the account's keyring: as this device has read it, and as another of its devices says to have, so
 * that an older keyring is noticed where nothing is known of it yet (spec/history.md §Keyring).
 */
import type { DeviceContext } from '../device/deviceContext.ts';
import { insertSecurityNotice } from '../integrity/securityNoticeTable.ts';
import type { ConversationState } from '../ownState/conversationState.ts';
import { changeOwnState, everywhere, findOwnItem } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { readKeyringCursor } from './depositTable.ts';

/** Deposits come several at once, and to all devices of an account: the first that says it says it for all. */
const itemDelayMs = 10_000;

/** SHA-256 of the entry at the cursor, in hexadecimal; empty before the first, null where it is not known. */
export function readKeyringHash(sql: Sql): string | null {
  const row = sql.get('SELECT keyring_cursor, keyring_hash FROM device');
  const hash = row?.keyring_hash;
  if (hash instanceof Uint8Array) return hash.toHex();
  return row?.keyring_cursor === 0 ? '' : null;
}

export function setKeyringHash(sql: Sql, hash: string): void {
  sql.run('UPDATE device SET keyring_hash = ?', hash === '' ? null : Uint8Array.fromHex(hash));
}

/** What the account's devices say to have read. */
export function keyringItem(sql: Sql): ConversationState['keyring'] {
  return findOwnItem(sql, everywhere)?.state.keyring ?? { seq: 0, hash: '' };
}

/** The keyring was read to its head: the account's other devices are told how far, where nobody did. */
export async function tellKeyringHead(device: DeviceContext): Promise<void> {
  const isNews = (sql: Sql): boolean => readKeyringCursor(sql) > keyringItem(sql).seq;
  if (!device.database.read(isNews)) return;
  await device.steps.run(async (step) => {
    const keyring = step.read((sql) => ({ seq: readKeyringCursor(sql), hash: readKeyringHash(sql) ?? '' }));
    if (!step.read(isNews) || keyring.hash === '') return;
    const place = { conversationId: everywhere, logId: everywhere, state: 'ready' } as const;
    await step.commit((sql) => changeOwnState(sql, place, { keyring }, device.clock.now() + itemDelayMs));
  });
  device.ownState.wake();
}

/** As this device has read it. */
export function readKeyringHead(sql: Sql): { readonly seq: number; readonly hash: string | null } {
  return { seq: readKeyringCursor(sql), hash: readKeyringHash(sql) };
}

/** The keyring is another than was read of it, or ends before. */
export async function noteKeyring(
  device: DeviceContext,
  kind: 'keyringForked' | 'keyringShortened',
): Promise<void> {
  const notice = { kind, accountId: null, logId: null, atMs: device.clock.now() } as const;
  await device.steps.run((step) => step.commit((sql) => insertSecurityNotice(sql, notice)));
}

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

/** So many of the newest entries' hashes are kept: devices say soon how far they have read. */
const keptHashes = 256;

/** SHA-256 of an entry that was read, in hexadecimal; null where it is not known. */
export function findKeyringHash(sql: Sql, seq: number): string | null {
  const hash = sql.get('SELECT hash FROM keyring_hash WHERE seq = ?', seq)?.hash;
  return hash instanceof Uint8Array ? hash.toHex() : null;
}

export function storeKeyringHashes(sql: Sql, hashes: ReadonlyMap<number, Uint8Array>): void {
  for (const [seq, hash] of hashes) sql.run('INSERT OR IGNORE INTO keyring_hash VALUES (?, ?)', seq, hash);
  sql.run('DELETE FROM keyring_hash WHERE seq < ?', Math.max(0, ...hashes.keys()) - keptHashes);
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
    const seq = step.read(readKeyringCursor);
    const hash = step.read((sql) => findKeyringHash(sql, seq));
    if (!step.read(isNews) || hash === null) return;
    const keyring = { seq, hash };
    const place = { conversationId: everywhere, logId: everywhere, state: 'ready' } as const;
    await step.commit((sql) => changeOwnState(sql, place, { keyring }, device.clock.now() + itemDelayMs));
  });
  device.ownState.wake();
}

/** Another device says how far it has read: where it was another entry than this device has there, that is noted. */
export function compareKeyring(sql: Sql, { seq, hash }: ConversationState['keyring'], nowMs: number): void {
  const known = seq === 0 ? null : findKeyringHash(sql, seq);
  if (known !== null && known !== hash) noteForked(sql, nowMs);
}

export function noteForked(sql: Sql, atMs: number): void {
  insertSecurityNotice(sql, { kind: 'keyringForked', accountId: null, logId: null, atMs });
}

/** The keyring ends before what was read of it. */
export async function noteShortened(device: DeviceContext): Promise<void> {
  const notice = {
    kind: 'keyringShortened',
    accountId: null,
    logId: null,
    atMs: device.clock.now(),
  } as const;
  await device.steps.run((step) => step.commit((sql) => insertSecurityNotice(sql, notice)));
}

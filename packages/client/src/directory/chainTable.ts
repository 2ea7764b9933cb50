import { create } from '@bufbuild/protobuf';
import type { VerifiedChain } from '@sotto/crypto';
import { type AccountId, type ChainEntry, ChainEntrySchema } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

export interface KnownAccount {
  readonly accountId: AccountId;
  readonly username: string;
}

export function readAccount(sql: Sql, accountId: AccountId): KnownAccount | null {
  const row = sql.get('SELECT username FROM account WHERE account_id = ?', accountId);
  return row === undefined ? null : { accountId, username: row.username as string };
}

/** Other accounts met here under this name. */
export function namesakes(sql: Sql, username: string, accountId: AccountId): AccountId[] {
  return sql
    .all('SELECT account_id FROM account WHERE username = ? AND account_id <> ?', username, accountId)
    .map((row) => row.account_id as AccountId);
}

/** The chain's entries as received, and the head that was verified: the pin. */
export function readStoredChain(
  sql: Sql,
  accountId: AccountId,
): {
  readonly entries: ChainEntry[];
  readonly pinned: { readonly seq: number; readonly hash: Uint8Array };
} | null {
  const head = sql.get('SELECT chain_seq, chain_hash FROM account WHERE account_id = ?', accountId);
  if (head === undefined) return null;
  const entries = sql
    .all('SELECT body, signature FROM chain_entry WHERE account_id = ? ORDER BY seq', accountId)
    .map((row) =>
      create(ChainEntrySchema, { body: row.body as Uint8Array, signature: row.signature as Uint8Array }),
    );
  return { entries, pinned: { seq: head.chain_seq as number, hash: head.chain_hash as Uint8Array } };
}

/** Stores a verified chain: `entries` are those from `fromSeq` on. */
export function storeChain(
  sql: Sql,
  username: string,
  chain: VerifiedChain,
  fromSeq: number,
  entries: readonly ChainEntry[],
): void {
  sql.run(
    `INSERT INTO account VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (account_id) DO UPDATE SET username = ?2, chain_seq = ?3, chain_hash = ?4`,
    chain.accountId,
    username,
    chain.seq,
    chain.hash,
  );
  entries.forEach((entry, index) => {
    sql.run(
      'INSERT OR REPLACE INTO chain_entry VALUES (?, ?, ?, ?)',
      chain.accountId,
      fromSeq + index,
      entry.body,
      entry.signature,
    );
  });
}

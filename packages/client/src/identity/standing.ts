/**
 * Whose name it is (spec/accounts.md, "Starting over"). Names do not change and are one account's each: a server that
 * gives somebody's name to another, or somebody another name, would have people write to the wrong one. Invariant: an
 * account that has the name of one met here is known only once the user says that it is
 * the same person.
 */
import type { VerifiedChain } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import { type KnownAccount, namesakes, readAccount } from '../directory/chainTable.ts';
import type { Sql } from '../ports.ts';
import { awaitsAcceptance, readReplacement, replacedBy } from './replacedTable.ts';

export type Standing =
  | { readonly kind: 'fine' }
  | { readonly kind: 'renamed' }
  /** It says that it takes the place of these. */
  | { readonly kind: 'replacing'; readonly replaced: readonly AccountId[] };

/** Known here under another name. */
export function isRenamed(sql: Sql, { accountId, username }: KnownAccount): boolean {
  const known = readAccount(sql, accountId);
  return known !== null && known.username !== username;
}

export function standingOf(sql: Sql, account: KnownAccount, chain: VerifiedChain): Standing {
  const { accountId, username } = account;
  if (isRenamed(sql, account)) return { kind: 'renamed' };
  if (readAccount(sql, accountId) !== null) return { kind: 'fine' };
  // One whose place was taken comes back to its conversations under the name that it had.
  const isFormer = readReplacement(sql, accountId) !== null;
  const inTheWay = namesakes(sql, username, accountId).filter(
    (other) => !isFormer && readReplacement(sql, other)?.accepted !== true,
  );
  if (inTheWay.length > 0 && chain.replacedAccountId === null) return { kind: 'renamed' };
  if (inTheWay.length === 0 && !awaitsAcceptance(sql, accountId)) return { kind: 'fine' };
  return { kind: 'replacing', replaced: inTheWay };
}

/** Whether those whose place it takes had its name, as far as they are known here. */
export function isSuccessorOf(sql: Sql, { accountId, username }: KnownAccount): boolean {
  const former = replacedBy(sql, accountId);
  const isNamesake = former.every((id) => {
    const known = readAccount(sql, id);
    return known === null || known.username === username;
  });
  const inTheWay = namesakes(sql, username, accountId).filter(
    (other) => !former.includes(other) && readReplacement(sql, other)?.accepted !== true,
  );
  return former.length > 0 && isNamesake && inTheWay.length === 0;
}

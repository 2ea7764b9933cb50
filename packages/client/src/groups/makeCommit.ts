import {
  createNote,
  erasePendingCommit,
  type GroupRefusal,
  type NoteContents,
  type PendingCommit,
} from '@sotto/crypto';
import type { AccountId, TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { cryptoContext, type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import type { ChainLookups } from '../directory/directory.ts';
import { createDeposits } from '../history/deposits.ts';
import type { Sql } from '../ports.ts';
import { givenKeys } from './givenKeys.ts';
import { type CommitPurpose, readPending, storePending } from './groupTable.ts';

export type MadeCommit = 'made' | 'superseded' | 'offline' | GroupRefusal;

/**
 * Makes an own commit and stores it as pending in one step, before anything of it is sent. Chains that are
 * missing are fetched between attempts, never inside a step. `superseded`: meanwhile there is another.
 */
export async function makeCommit(
  device: DeviceContext,
  key: ConversationKey,
  purpose: CommitPurpose,
  options: {
    /** Null: no longer wanted. */
    readonly make: (step: Step, lookups: ChainLookups) => Promise<PendingCommit | GroupRefusal | null>;
    /** Accounts that were just asked for; then the chains of others are asked for before they are used. */
    readonly refreshed?: ReadonlySet<AccountId>;
    /** What else is stored with it. */
    readonly store?: (sql: Sql) => void;
    /** What is told beside it to the members of a group; null for nothing. */
    readonly note?: (step: Step, made: PendingCommit) => Omit<NoteContents, 'transactionId'> | null;
    readonly changeId?: string;
  },
): Promise<MadeCommit> {
  const settled = new Set<AccountId>(options.refreshed);
  for (;;) {
    const lookups = device.directory.lookups(settled, undefined, options.refreshed !== undefined);
    const outcome = await device.steps.run(async (step) => {
      if (step.read((sql) => readPending(sql, key)) !== null) return 'superseded';
      const before = step.read((sql) => device.groups.get(sql, key));
      const made = await options.make(step, lookups);
      if (made === null) return 'superseded';
      if (made.kind === 'refused') return made;
      // Making the commit used up a message key of the group, which must not serve again if the commit is lost.
      const { current } = made;
      const deposits = await createDeposits(
        device,
        made.next,
        step.read((sql) => givenKeys(sql, made)),
      );
      const transactionId = randomId<TransactionId>(device.provider);
      const contents = options.note?.(step, made) ?? null;
      const note =
        contents === null
          ? null
          : await createNote(cryptoContext(device), device.self, made, { ...contents, transactionId });
      const pending = made.encode();
      await step.commit((sql) => {
        if (current !== null) device.groups.store(sql, key, current);
        storePending(sql, key, {
          transactionId,
          purpose,
          baseEpoch: Number(made.epoch),
          accepted: false,
          pending,
          deposits,
          note,
          changeId: options.changeId ?? null,
        });
        options.store?.(sql);
      });
      if (before !== null && current !== null) device.groups.replaced(key, [before, current]);
      // It is read again when it is sent.
      erasePendingCommit(made, current);
      pending.fill(0);
      return 'made';
    });
    if (typeof outcome === 'string' || lookups.missing.size === 0) return outcome;
    if (!(await device.directory.refresh(lookups.missing))) return 'offline';
    for (const account of lookups.missing) settled.add(account);
  }
}

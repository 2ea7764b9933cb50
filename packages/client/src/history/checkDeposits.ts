import { createDeposit, isSameRoles, openDeposit, type VerifiedChain } from '@sotto/crypto';
import { idToBytes, limits, Connection as Methods } from '@sotto/protocol';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import { findConversationByLog } from '../conversations/conversationTable.ts';
import { canHaveSpoken } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { insertSecurityNotice, type SecurityNotice } from '../integrity/securityNoticeTable.ts';
import { type DepositRow, deleteDeposit, readDeposits } from './depositTable.ts';
import { type EpochKey, markDeposited, undepositedKeys } from './epochKeyTable.ts';

/** Keys looked at in one step. */
const keysPerStep = 16;

type Made = Awaited<ReturnType<typeof createDeposit>>;

/**
 * Compares what others deposited for this account with the keys that this device derived itself, and deposits what is
 * missing or false (spec/history.md §Deposits compared). Returns whether there is more to do.
 */
export async function checkDeposits(device: DeviceContext): Promise<boolean> {
  const { self, provider } = device;
  const isAny = device.database.read((sql) => undepositedKeys(sql, 1)).length > 0;
  if (!isAny || !device.connection.isReady || !device.sync.isKeyringRead) return false;
  // What is sealed to a key that this device has not heard of yet is not false.
  const own = await device.directory.fetch(self.accountId);
  if (own.kind !== 'known') return false;
  const { chain } = own;
  const checked = await device.steps.run((step) => checkStep(device, step, chain));
  if (checked === null) return false;
  const { missing, isMore } = checked;
  for (let from = 0; from < missing.length; from += limits.depositsPerRequest) {
    const part = missing.slice(from, from + limits.depositsPerRequest);
    const deposits = await Promise.all(part.map((key) => createDeposit(provider, self, withId(key), chain)));
    const answer = await device.connection.call(Methods.method.deposit, {
      deposits: deposits.map((made) => ({ ...made, conversationId: idToBytes(made.conversationId) })),
    });
    if (answer.kind !== 'answer') return false;
    await device.steps.run((step) =>
      step.commit((sql) => {
        for (const key of part) markDeposited(sql, key);
      }),
    );
  }
  return isMore;
}

const withId = ({ logId, epoch, historyKey, roles }: EpochKey) => ({
  conversationId: logId,
  epoch,
  historyKey,
  ...(roles === undefined ? {} : { roles }),
});

async function checkStep(
  device: DeviceContext,
  step: Step,
  chain: VerifiedChain,
): Promise<{ readonly missing: readonly EpochKey[]; readonly isMore: boolean } | null> {
  const keys = step.read((sql) => undepositedKeys(sql, keysPerStep));
  const [first] = keys;
  if (first === undefined) return null;
  // Until this device has the newest of the account's keys, it cannot tell a false deposit from one to that key.
  const probe = await createDeposit(device.provider, device.self, withId(first), chain);
  if ((await keyIn(device, step, probe, device.self, chain)).kind === 'refused') return null;
  const good: EpochKey[] = [];
  const missing: EpochKey[] = [];
  const done: DepositRow[] = [];
  const notices: SecurityNotice[] = [];
  for (const key of keys) {
    const { row, deposits } = step.read((sql) => ({
      row: findConversationByLog(sql, key.logId),
      // Those of several epochs are for who was not there.
      deposits: readDeposits(sql, key.logId, key.epoch).filter(
        ({ deposit }) => deposit.firstEpoch === undefined,
      ),
    }));
    let isGood = false;
    for (const one of deposits) {
      const { accountId } = one.depositor;
      const isMember =
        row !== null && step.read((sql) => canHaveSpoken(sql, device.self.accountId, row, accountId));
      const depositor = isMember ? await device.directory.chain(accountId) : null;
      const opened =
        depositor === null
          ? ({ kind: 'refused', reason: 'unknown_sender' } as const)
          : await keyIn(device, step, one.deposit, one.depositor, depositor);
      // A device that the chain as it is known here does not have yet may turn out to be one.
      if (isMember && opened.kind === 'refused' && opened.reason === 'unknown_sender') continue;
      done.push(one);
      if (opened.kind === 'deposit' && isSameKey(opened, key)) isGood = true;
      else {
        const isSigned = opened.kind === 'deposit' || opened.reason === 'not_decryptable';
        notices.push({
          kind: 'falseDeposit',
          accountId: isSigned ? accountId : null,
          logId: key.logId,
          atMs: device.clock.now(),
        });
      }
    }
    (isGood ? good : missing).push(key);
  }
  await step.commit((sql) => {
    for (const { seq } of done) deleteDeposit(sql, seq);
    for (const key of good) markDeposited(sql, key);
    for (const notice of notices) insertSecurityNotice(sql, notice);
  });
  return { missing, isMore: keys.length === keysPerStep };
}

function keyIn(
  device: DeviceContext,
  step: Step,
  deposit: Made,
  depositor: DepositRow['depositor'],
  chain: VerifiedChain,
): ReturnType<typeof openDeposit> {
  const historyPrivateKeys = step.read(readHistoryKeys);
  const recipient = { accountId: device.self.accountId, historyPrivateKeys };
  return openDeposit(device.provider, recipient, deposit, depositor, chain);
}

/** Of a group, who could do what belongs to it. */
function isSameKey(one: Pick<EpochKey, 'historyKey' | 'roles'>, other: EpochKey): boolean {
  if (one.historyKey.toHex() !== other.historyKey.toHex()) return false;
  if (one.roles === undefined || other.roles === undefined) return one.roles === other.roles;
  return isSameRoles(one.roles, other.roles);
}

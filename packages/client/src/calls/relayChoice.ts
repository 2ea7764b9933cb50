/**
 * Whether calls of the account never go directly from device to device (spec/calls.md, "Addresses"). Kept in the account's item
 * about itself.
 */
import type { DeviceContext } from '../device/deviceContext.ts';
import { changeItem, everywhere, findOwnItem, nextChangeMs } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';

export function alwaysRelay(sql: Sql): boolean {
  return findOwnItem(sql, everywhere)?.state.relay.always === true;
}

export async function setAlwaysRelay(device: DeviceContext, always: boolean): Promise<void> {
  await device.steps.run(async (step) => {
    if (step.read(alwaysRelay) === always) return;
    await step.commit((sql) => {
      const nowMs = device.clock.now();
      changeItem(sql, everywhere, { relay: { changedAtMs: nextChangeMs(sql, nowMs), always } }, nowMs);
    });
  });
  device.ownState.wake();
}

import type { DeviceContext } from '../device/deviceContext.ts';
import type { GroupRules } from './groupInfoTable.ts';

const staffDelayMs = 2_000;
const memberDelayMs = 20_000;

/**
 * After how long this device does what any member's device may do: by chance, those of owner and admins first. Whoever
 * comes first spares the others.
 */
export function turnDelayMs(device: DeviceContext, { ownerId, adminIds }: GroupRules): number {
  const { accountId } = device.self;
  const chance = device.provider.randomBytes(2).reduce((sum, byte) => sum * 256 + byte, 0) / 65536;
  const isStaff = accountId === ownerId || adminIds.includes(accountId);
  return Math.round(isStaff ? chance * staffDelayMs : staffDelayMs + chance * memberDelayMs);
}

import type { DeviceView } from '../sotto.ts';
import { words } from '../words.ts';

/** What to call a device: as its user does, else as it says itself. */
export function deviceName(device: DeviceView): string {
  return device.name || device.system || words.devices.unnamed;
}

import type { DeviceView } from '../sotto.ts';
import { words } from '../words.ts';

/**
 * What to call a device among the account's: as its user does, else as it says itself. Those that say the same are
 * numbered in the order in which they came, so that one is not taken for another.
 */
export function deviceName(device: DeviceView, devices: readonly DeviceView[]): string {
  const said = nameOf(device);
  const alike = devices
    .filter((other) => nameOf(other) === said)
    .sort((a, b) => a.addedAtMs - b.addedAtMs || (a.deviceId < b.deviceId ? -1 : 1));
  const place = alike.findIndex(({ deviceId }) => deviceId === device.deviceId);
  return alike.length < 2 || place < 0 ? said : words.devices.numbered(said, place + 1);
}

function nameOf(device: DeviceView): string {
  return device.name || device.system || words.devices.unnamed;
}

import { describe, expect, it } from 'vitest';
import type { DeviceId, DeviceView } from '../sotto.ts';
import { deviceName } from './deviceName.ts';

const device = (id: number, view: Partial<DeviceView>): DeviceView => ({
  deviceId: id.toString(16).padStart(32, '0') as DeviceId,
  name: '',
  system: '',
  isThis: false,
  addedAtMs: id,
  lastSeenMs: null,
  online: false,
  ...view,
});

describe('what a device is called', () => {
  it('is its own name, and a number where others have the same', () => {
    const devices = [
      device(3, { system: 'Firefox on Linux' }),
      device(1, { system: 'Firefox on Linux' }),
      device(2, { name: 'Kitchen tablet', system: 'Firefox on Linux' }),
      device(4, {}),
    ];
    expect(devices.map((one) => deviceName(one, devices))).toEqual([
      'Firefox on Linux (2)',
      'Firefox on Linux (1)',
      'Kitchen tablet',
      'Unnamed device',
    ]);
  });
});

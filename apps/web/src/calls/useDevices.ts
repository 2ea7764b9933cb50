import type { Calls, DeviceList } from '@sotto/sdk/calls';
import { useEffect, useState } from 'react';

const none: DeviceList = { microphones: [], cameras: [], speakers: [] };

export function useDevices(calls: Pick<Calls, 'watchDevices'> | null): DeviceList {
  const [devices, setDevices] = useState(none);
  useEffect(() => calls?.watchDevices(setDevices), [calls]);
  return devices;
}

import type { DeviceEntry, DeviceList } from './mediaTypes.ts';
import { devicesOfBrowser } from './openDevice.ts';

const none: DeviceList = { microphones: [], cameras: [], speakers: [] };

export async function listDevices(): Promise<DeviceList> {
  const found = await devicesOfBrowser()
    ?.enumerateDevices()
    .catch(() => []);
  const of = (kind: MediaDeviceKind): DeviceEntry[] =>
    (found ?? []).flatMap(({ kind: its, deviceId, label }) => (its === kind ? [{ deviceId, label }] : []));
  const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;
  return {
    microphones: of('audioinput'),
    cameras: of('videoinput'),
    speakers: canChooseSpeaker ? of('audiooutput') : [],
  };
}

/** Calls `listener` with what is there, and whenever a device comes or goes, until the returned function is called. */
export function watchDevices(listener: (devices: DeviceList) => void): () => void {
  const devices = devicesOfBrowser();
  let isStopped = false;
  let reading = 0;
  const read = (): void => {
    const mine = ++reading;
    void listDevices().then((list) => {
      // A later reading is under way, or told already.
      if (!isStopped && mine === reading) listener(list);
    });
  };
  if (devices === null) listener(none);
  else {
    devices.addEventListener('devicechange', read);
    read();
  }
  return () => {
    isStopped = true;
    devices?.removeEventListener('devicechange', read);
  };
}

import type { DeviceEntry } from '@sotto/sdk/calls';
import { useId } from 'react';
import { callWords } from '../wordsCalls.ts';

interface DeviceSelectProps {
  label: string;
  devices: readonly DeviceEntry[];
  /** Empty or null: as the system says. */
  chosen: string | null;
  onChoose: (deviceId: string) => void;
}

const say = callWords.devices;

/** One of the machine's devices. */
export function DeviceSelect({ label, devices, chosen, onChoose }: DeviceSelectProps) {
  const id = useId();
  const isKnown = devices.some(({ deviceId }) => deviceId === chosen);
  return (
    <div className="callSelect">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={isKnown ? (chosen ?? '') : ''}
        disabled={devices.length === 0}
        onChange={({ target }) => target.value !== '' && onChoose(target.value)}
      >
        {!isKnown && <option value="">{devices.length === 0 ? say.none : say.standard}</option>}
        {devices.map(({ deviceId, label: deviceName }, place) => (
          <option key={deviceId} value={deviceId}>
            {deviceName === '' ? say.unnamed(label, place + 1) : deviceName}
          </option>
        ))}
      </select>
    </div>
  );
}

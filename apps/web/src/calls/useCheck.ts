import type { Calls, DeviceCheck, DeviceCheckPart } from '@sotto/sdk/calls';
import { useEffect, useState } from 'react';
import { callChoice } from './choices.ts';

const opening: DeviceCheckPart = { kind: 'opening' };

/** Devices that are tried, until it is left; `retry` opens them again, as they are wanted by then. */
export function useCheck(
  calls: Pick<Calls, 'checkDevices'>,
  video: boolean,
): {
  check: DeviceCheck | null;
  microphone: DeviceCheckPart;
  camera: DeviceCheckPart;
  retry: (video: boolean) => void;
} {
  const [choice, setChoice] = useState(() => callChoice(video));
  const [check, setCheck] = useState<DeviceCheck | null>(null);
  const [state, setState] = useState({ microphone: opening, camera: opening });
  useEffect(() => {
    const opened = calls.checkDevices(choice);
    setCheck(opened);
    setState({ microphone: opening, camera: opening });
    const stop = opened.watch(setState);
    return () => {
      stop();
      opened.close();
    };
  }, [calls, choice]);
  return { check, ...state, retry: (wanted) => setChoice(callChoice(wanted)) };
}

/** Which devices were chosen last in a call, kept in this browser; not who was called, nor when. */

const storageKey = 'sotto-call-devices';
const idLimit = 256;

export interface ChosenDevices {
  readonly microphoneId?: string;
  readonly cameraId?: string;
  readonly speakerId?: string;
}

export function readChosenDevices(): ChosenDevices {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    const read = (name: keyof ChosenDevices): ChosenDevices => {
      const value = (stored as Record<string, unknown>)[name];
      return typeof value === 'string' && value.length <= idLimit ? { [name]: value } : {};
    };
    return { ...read('microphoneId'), ...read('cameraId'), ...read('speakerId') };
  } catch {
    // Storage is denied, or holds something else.
    return {};
  }
}

export function rememberDevice(chosen: ChosenDevices): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify({ ...readChosenDevices(), ...chosen }));
  } catch {
    // Then it is chosen anew next time.
  }
}

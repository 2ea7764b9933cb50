import type { FormEvent } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { DeviceView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { SecretField } from './SecretField.tsx';
import { useAccountCommand } from './useAccountCommand.ts';
import { useSecret } from './useSecret.ts';

interface RemoveDeviceDialogProps {
  device: DeviceView;
  name: string;
  onClose: () => void;
}

/** Says what removing does and what it cannot undo, and asks for the password. */
export function RemoveDeviceDialog({ device, name, onClose }: RemoveDeviceDialogProps) {
  const sotto = useSotto();
  const secret = useSecret();
  const { busy, problem, runWith } = useAccountCommand();
  const { devices } = words;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (await runWith(secret, (given) => sotto.removeDevice({ deviceId: device.deviceId, secret: given })))
      onClose();
  };
  return (
    <Dialog title={devices.removeTitle(name)} text={devices.removeText} onClose={onClose}>
      <form className="settings-form" onSubmit={submit} noValidate>
        <p className="dialog-text">{devices.removeCopied}</p>
        <SecretField secret={secret} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="danger" busy={busy}>
            {busy ? devices.removing : devices.remove}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

import { type FormEvent, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { type DeviceView, limits } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { useAccountCommand } from './useAccountCommand.ts';

export function RenameDeviceDialog({ device, onClose }: { device: DeviceView; onClose: () => void }) {
  const sotto = useSotto();
  const [name, setName] = useState(device.name);
  const { busy, problem, run } = useAccountCommand();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!busy && (await run(() => sotto.renameDevice(device.deviceId, name)))) onClose();
  };
  return (
    <Dialog title={words.devices.renameTitle} text={words.devices.renameText} onClose={onClose}>
      <form className="settings-form" onSubmit={submit}>
        <TextField
          label={words.devices.name}
          name="device-name"
          autoComplete="off"
          maxLength={limits.deviceNameLength}
          placeholder={device.system}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {words.devices.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

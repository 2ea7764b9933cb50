import { useEffect, useRef, useState } from 'react';
import { AddDeviceDialog } from '../pairing/AddDeviceDialog.tsx';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { DeviceView } from '../sotto.ts';
import { words } from '../words.ts';
import { deviceName } from './deviceName.ts';
import { RemoveDeviceDialog } from './RemoveDeviceDialog.tsx';
import { RenameDeviceDialog } from './RenameDeviceDialog.tsx';
import { useOwnAccountView } from './useOwnAccountView.ts';
import './settings.css';

interface DevicesPageProps {
  onBack: () => void;
  onSignOut: () => void;
}

/** The account's devices: what they are called, when they were last here, and how to be rid of one. */
export function DevicesPage({ onBack, onSignOut }: DevicesPageProps) {
  const { devices: text } = words;
  const { account, problem, refresh } = useOwnAccountView();
  const [dialog, setDialog] = useState<
    { kind: 'rename' | 'remove'; device: DeviceView } | { kind: 'add' } | null
  >(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const close = (): void => {
    setDialog(null);
    refresh();
  };
  return (
    <main className="pane settings">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {text.title}
        </h1>
      </div>
      <div className="pane-scroller">
        <div className="settings-column">
          <p className="sees-lead">{text.lead}</p>
          <Problem text={problem} />
          <p>
            <Button onClick={() => setDialog({ kind: 'add' })}>{words.pairing.addTitle}</Button>
          </p>
          {account === null && problem === null && <p role="status">{text.loading}</p>}
          <ul className="settings-card devices">
            {account?.devices.map((device) => (
              <li key={device.deviceId}>
                <Icon name="device" />
                <div>
                  <strong>{deviceName(device, account.devices)}</strong>
                  {device.name !== '' && device.system !== '' && <span>{device.system}</span>}
                  <span>{device.isThis ? text.thisDevice : lastSeen(device)}</span>
                  <span>{text.added(device.addedAtMs)}</span>
                </div>
                <div className="devices-actions">
                  <Button
                    aria-label={text.renameNamed(deviceName(device, account.devices))}
                    onClick={() => setDialog({ kind: 'rename', device })}
                  >
                    {text.rename}
                  </Button>
                  {device.isThis ? (
                    <Button onClick={onSignOut}>{words.settings.signOut}</Button>
                  ) : (
                    <Button
                      look="danger"
                      aria-label={text.removeNamed(deviceName(device, account.devices))}
                      onClick={() => setDialog({ kind: 'remove', device })}
                    >
                      {text.remove}
                    </Button>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </div>
      </div>
      {dialog?.kind === 'rename' && <RenameDeviceDialog device={dialog.device} onClose={close} />}
      {dialog?.kind === 'add' && <AddDeviceDialog code={null} onClose={close} />}
      {dialog?.kind === 'remove' && (
        <RemoveDeviceDialog
          device={dialog.device}
          name={deviceName(dialog.device, account?.devices ?? [])}
          onClose={close}
        />
      )}
    </main>
  );
}

function lastSeen(device: DeviceView): string {
  if (device.online) return words.devices.online;
  return device.lastSeenMs === null
    ? words.devices.neverSeen
    : words.devices.lastSeen(device.lastSeenMs, Date.now());
}

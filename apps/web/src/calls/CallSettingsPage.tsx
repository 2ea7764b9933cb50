import { useEffect, useRef, useState } from 'react';
import { Switch } from '../groups/Switch.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { reachableByKeyboard } from '../parts/reachableByKeyboard.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { useLoaded } from '../thread/dialogs/useLoaded.ts';
import { words } from '../words.ts';
import { callWords } from '../wordsCalls.ts';
import { CallIcon } from './CallIcon.tsx';
import { callsOfPage } from './callsOfPage.ts';
import { type CallSwitch, chooseDevice, chosenDevice, isSwitchedOn, setSwitch } from './choices.ts';
import { DeviceSelect } from './DeviceSelect.tsx';
import { checkDevices } from './stage.ts';
import { useDevices } from './useDevices.ts';
import { useCalls } from './useSession.ts';
import '../settings/settings.css';
import './calls.css';

const say = callWords.settings;

/** What is chosen for calls: of this browser, and of the account. */
export function CallSettingsPage({ onBack }: { onBack: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main className="pane settings">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {words.calls.settings}
        </h1>
      </div>
      <div className="pane-scroller" {...reachableByKeyboard}>
        <div className="settings-column">
          <section className="settings-part" aria-labelledby="calls-account">
            <h2 id="calls-account">{say.account}</h2>
            <div className="settings-card">
              <RelayRow />
            </div>
          </section>
          <section className="settings-part" aria-labelledby="calls-browser">
            <h2 id="calls-browser">{say.thisBrowser}</h2>
            <div className="settings-card">
              <SwitchRow
                icon="bell"
                name="ringtone"
                label={say.ringtone}
                on={say.ringtoneOn}
                off={say.ringtoneOff}
              />
              <NotifyRow />
              <SwitchRow
                icon="leaf"
                name="lowData"
                label={say.lowData}
                on={say.lowDataOn}
                off={say.lowDataOff}
              />
              <button type="button" className="settings-row" onClick={() => checkDevices(true)}>
                <CallIcon name="mic" />
                <span>
                  <strong>{say.check}</strong>
                  <small>{say.checkText}</small>
                </span>
              </button>
            </div>
          </section>
          <DefaultDevices />
        </div>
      </div>
    </main>
  );
}

/** The account's choice: it holds on all of its devices. */
function RelayRow() {
  const sotto = useSotto();
  const loaded = useLoaded('alwaysRelay', () => sotto.readAlwaysRelay());
  const [chosen, setChosen] = useState<boolean | null>(null);
  const on = chosen ?? loaded;
  if (on === null || on === undefined) return null;
  return (
    <div className="settings-row">
      <Icon name="shield" />
      <span>
        <Switch
          label={say.relay}
          text={on ? say.relayOn : say.relayOff}
          checked={on}
          onChange={(next) => {
            setChosen(next);
            void sotto.setAlwaysRelay(next);
          }}
        />
      </span>
    </div>
  );
}

function SwitchRow({
  icon,
  name,
  label,
  on,
  off,
}: {
  icon: 'bell' | 'leaf';
  name: CallSwitch;
  label: string;
  on: string;
  off: string;
}) {
  const [checked, setChecked] = useState(() => isSwitchedOn(name));
  return (
    <div className="settings-row">
      {icon === 'bell' ? <Icon name="bell" /> : <CallIcon name={icon} />}
      <span>
        <Switch
          label={label}
          text={checked ? on : off}
          checked={checked}
          onChange={(next) => {
            setSwitch(name, next);
            setChecked(next);
          }}
        />
      </span>
    </div>
  );
}

/** The browser asks for its permission once it is wanted, and is the only one to take it back. */
function NotifyRow() {
  const [permission, setPermission] = useState(() =>
    'Notification' in window ? Notification.permission : null,
  );
  if (permission === null) return null;
  const text = { default: say.notifyAsk, granted: say.notifyOn, denied: say.notifyDenied }[permission];
  return (
    <div className="settings-row">
      <Icon name="chat" />
      <span>
        <Switch
          label={say.notify}
          text={text}
          checked={permission === 'granted'}
          disabled={permission !== 'default'}
          onChange={() => void Notification.requestPermission().then(setPermission)}
        />
      </span>
    </div>
  );
}

/** What calls begin with. They have names once the browser let Sotto use them. */
function DefaultDevices() {
  const { calls } = useCalls(callsOfPage);
  const { microphones, cameras, speakers } = useDevices(calls);
  const [, setChanged] = useState(0);
  const { devices } = callWords;
  const kinds = [
    ['microphone', devices.microphone, microphones],
    ['camera', devices.camera, cameras],
    ['speaker', devices.speaker, speakers],
  ] as const;
  return (
    <section className="settings-part" aria-labelledby="calls-devices">
      <h2 id="calls-devices">{say.devices}</h2>
      <div className="settings-card callSettings-devices">
        {kinds.map(([kind, label, list]) =>
          kind === 'speaker' && list.length === 0 ? (
            <p key={kind}>{devices.noSpeakerChoice}</p>
          ) : (
            <DeviceSelect
              key={kind}
              label={label}
              devices={list}
              chosen={chosenDevice(kind)}
              onChoose={(deviceId) => {
                chooseDevice(kind, deviceId);
                setChanged((count) => count + 1);
              }}
            />
          ),
        )}
      </div>
    </section>
  );
}

import { ToggleGroup } from 'radix-ui';
import { useEffect, useRef } from 'react';
import { chooseTheme, type Theme, themes, useTheme } from '../appearance/theme.ts';
import { CallIcon } from '../calls/CallIcon.tsx';
import { DisappearingSettings } from '../disappearing/DisappearingSettings.tsx';
import { HistorySetting } from '../keeping/HistorySetting.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { PushSetting } from '../push/PushSetting.tsx';
import { hashOf } from '../routing/route.ts';
import type { SessionView } from '../sotto.ts';
import { words } from '../words.ts';
import './settings.css';

interface SettingsPageProps {
  session: Extract<SessionView, { kind: 'signedIn' }>;
  onBack: () => void;
  onInvite: () => void;
  onSignOut: () => void;
}

export function SettingsPage({ session, onBack, onInvite, onSignOut }: SettingsPageProps) {
  const theme = useTheme();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main className="pane settings">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {words.settings.title}
        </h1>
      </div>
      <div className="pane-scroller">
        <div className="settings-column">
          <section className="settings-part" aria-labelledby="settings-account">
            <h2 id="settings-account">{words.settings.account}</h2>
            <div className="settings-card">
              <div className="settings-row">
                <Icon name="person" />
                <span>
                  <strong>{words.common.at(session.username)}</strong>
                  <small>{words.settings.username}</small>
                </span>
              </div>
              <a className="settings-row" href={hashOf({ kind: 'devices' })}>
                <Icon name="device" />
                <span>
                  <strong>{words.devices.title}</strong>
                  <small>{words.settings.devicesText}</small>
                </span>
              </a>
              <a className="settings-row" href={hashOf({ kind: 'security' })}>
                <Icon name="key" />
                <span>
                  <strong>{words.security.title}</strong>
                  <small>{words.settings.securityText}</small>
                </span>
              </a>
              <a className="settings-row" href={hashOf({ kind: 'calls' })}>
                <CallIcon name="phone" />
                <span>
                  <strong>{words.calls.settings}</strong>
                  <small>{words.calls.settingsText}</small>
                </span>
              </a>
              <a className="settings-row" href={hashOf({ kind: 'storage' })}>
                <Icon name="file" />
                <span>
                  <strong>{words.media.storageTitle}</strong>
                  <small>{words.media.storageText}</small>
                </span>
              </a>
              <PushSetting />
              <button type="button" className="settings-row" onClick={onInvite}>
                <Icon name="invite" />
                <span>
                  <strong>{words.list.inviteSomeone}</strong>
                </span>
              </button>
            </div>
          </section>
          <section className="settings-part">
            <h2 id="settings-theme">{words.settings.appearance}</h2>
            <ToggleGroup.Root
              className="themes"
              type="single"
              value={theme}
              aria-labelledby="settings-theme"
              onValueChange={(value) => {
                if (value !== '') chooseTheme(value as Theme);
              }}
            >
              {themes.map((name) => (
                <ToggleGroup.Item key={name} value={name}>
                  {words.settings.theme[name]}
                </ToggleGroup.Item>
              ))}
            </ToggleGroup.Root>
          </section>
          <section className="settings-part" aria-labelledby="settings-privacy">
            <h2 id="settings-privacy">{words.settings.privacy}</h2>
            <div className="settings-card">
              <HistorySetting />
              <DisappearingSettings />
              <a className="settings-row" href={hashOf({ kind: 'serverSees' })}>
                <Icon name="server" />
                <span>
                  <strong>{words.settings.serverSees}</strong>
                  <small>{words.settings.serverSeesText}</small>
                </span>
              </a>
            </div>
          </section>
          <div className="settings-card">
            <button type="button" className="settings-row" data-tone="danger" onClick={onSignOut}>
              <Icon name="signOut" />
              <span>
                <strong>{words.settings.signOut}</strong>
              </span>
            </button>
          </div>
        </div>
      </div>
    </main>
  );
}

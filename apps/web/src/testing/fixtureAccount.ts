/** The devices and security log of the fixture's account. */
import type { DeviceId, DeviceView, OwnAccountView, PasskeyId, PasskeyView } from '../sotto.ts';

const dayMs = 86_400_000;

export function createFixtureAccount(nowMs: number, notices: OwnAccountView['notices']) {
  const device = (id: number, view: Partial<DeviceView>): DeviceView => ({
    deviceId: id.toString(16).padStart(32, '0') as DeviceId,
    name: '',
    system: '',
    isThis: false,
    addedAtMs: nowMs - 40 * dayMs,
    lastSeenMs: nowMs - 5 * 60_000,
    online: false,
    ...view,
  });
  let devices: readonly DeviceView[] = [
    device(9, { system: 'Firefox on Linux', isThis: true, online: true }),
    device(10, {
      name: 'Kitchen tablet',
      system: 'Safari on iPad',
      online: true,
      addedAtMs: nowMs - 9 * dayMs,
    }),
    device(11, { system: 'Chrome on Android', lastSeenMs: nowMs - 20 * dayMs }),
  ];
  let passkeys: readonly PasskeyView[] = [
    {
      passkeyId: '0c'.repeat(16) as PasskeyId,
      name: 'Phone',
      credentialId: new Uint8Array(32).fill(12),
      addedAtMs: nowMs - 3 * dayMs,
      lastUsedMs: nowMs - dayMs,
    },
  ];
  let log: OwnAccountView['securityLog'] = [
    { kind: 'passwordChanged', seq: 2, atMs: nowMs - 2 * dayMs, device: null, passkey: null },
    { kind: 'deviceAdded', seq: 1, atMs: nowMs - 9 * dayMs, device: devices[1]!, passkey: null },
    { kind: 'created', seq: 0, atMs: nowMs - 40 * dayMs, device: devices[0]!, passkey: null },
  ];
  const note = (kind: OwnAccountView['securityLog'][number]['kind']): void => {
    log = [{ kind, seq: log.length, atMs: nowMs, device: null, passkey: null }, ...log];
  };
  return {
    view: (): OwnAccountView => ({ devices, passkeys, securityLog: log, notices }),
    note,
    rename: (deviceId: DeviceId, name: string): void => {
      devices = devices.map((one) => (one.deviceId === deviceId ? { ...one, name } : one));
    },
    addPasskey: (name: string, credentialId: Uint8Array): void => {
      const passkeyId = credentialId.toHex().padEnd(32, '0').slice(0, 32) as PasskeyId;
      passkeys = [...passkeys, { passkeyId, name, credentialId, addedAtMs: nowMs, lastUsedMs: null }];
      note('passkeyAdded');
    },
    removePasskey: (passkeyId: PasskeyId): void => {
      passkeys = passkeys.filter((one) => one.passkeyId !== passkeyId);
      note('passkeyRemoved');
    },
    remove: (deviceId: DeviceId): void => {
      devices = devices.filter((one) => one.deviceId !== deviceId);
      note('deviceRemoved');
    },
  };
}

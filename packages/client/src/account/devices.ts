/**
 * The account's devices as one of them shows them (spec/accounts.md, "Devices"). Which there are, and since when, is
 * the verified chain's word; when each was last seen is the server's; names only devices can read.
 */
import {
  openDeviceLabel,
  openDeviceSecrets,
  openPasskeyLabel,
  sealDeviceLabel,
  type VerifiedChain,
} from '@sotto/crypto';
import {
  ChainOperation,
  type DeviceId,
  idFromBytes,
  idToBytes,
  type ListDevicesResponse,
  limits,
  Connection as Methods,
  type PasskeyId,
} from '@sotto/protocol';
import type {
  DeviceView,
  Outcome,
  OwnAccountView,
  PasskeyView,
  SecurityEventView,
  ServerProblem,
} from '../api.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { readSecurityNotices } from '../integrity/securityNoticeTable.ts';
import { clampTime } from '../sync/entry.ts';
import { readDevice } from './deviceTable.ts';
import { insertHistoryKey, readHistoryKeys, readTakenSeq, setTakenSeq } from './historyKeyTable.ts';

const methods = Methods.method;

/** Devices and security log, with what is new at the server. */
export async function readOwnAccount(device: DeviceContext): Promise<Outcome<OwnAccountView, ServerProblem>> {
  const own = await device.directory.fetch(device.self.accountId);
  if (own.kind !== 'known') return { kind: 'problem', problem: { kind: 'offline' } };
  const listed = await device.connection.call(methods.listDevices, { takenSeq: takenSeq(device) });
  if (listed.kind === 'lost') return { kind: 'problem', problem: { kind: 'offline' } };
  if (listed.kind === 'error') {
    return { kind: 'problem', problem: { kind: 'refused', code: listed.error.code } };
  }
  await takeDeliveries(device, own.chain, listed.value);
  const devices = deviceViews(device, own.chain, listed.value);
  const passkeys = passkeyViews(device, own.chain, listed.value);
  const log = securityLog(own.chain, devices, passkeys);
  const notices = device.database.read(readSecurityNotices).map(({ kind, accountId, atMs }) => {
    const username = accountId === null ? '' : (device.directory.account(accountId)?.username ?? '');
    return { kind, account: accountId === null ? null : { accountId, username }, atMs };
  });
  return { kind: 'ok', value: { devices, passkeys, securityLog: log, notices } };
}

/**
 * After connecting and after each change of the chain: takes renewed secrets, and seals this device's own label
 * under the newest key where it is not yet. `system`: what the platform calls this browser and system.
 */
export async function settleOwnDevice(device: DeviceContext, system: string): Promise<void> {
  const chain = await device.directory.chain(device.self.accountId);
  if (chain === null || device.database.read(readHistoryKeys).length === 0) return;
  const listed = await device.connection.call(methods.listDevices, { takenSeq: takenSeq(device) });
  if (listed.kind !== 'answer') return;
  await takeDeliveries(device, chain, listed.value);
  const { deviceId, accountId } = device.self;
  const own = listed.value.devices.find((one) => idFromBytes<DeviceId>(one.deviceId) === deviceId);
  const [key] = device.database.read(readHistoryKeys);
  if (own === undefined || key === undefined) return;
  const present = openDeviceLabel(device.provider, key, accountId, deviceId, own.label);
  if (present !== null && present.system === system) return;
  const name = openLabel(device, deviceId, own.label)?.name ?? '';
  await label(device, deviceId, { name, system });
}

/** Names one of the account's devices. */
export async function renameDevice(
  device: DeviceContext,
  deviceId: DeviceId,
  name: string,
): Promise<Outcome<null, ServerProblem>> {
  const listed = await device.connection.call(methods.listDevices, { takenSeq: takenSeq(device) });
  if (listed.kind === 'lost') return { kind: 'problem', problem: { kind: 'offline' } };
  if (listed.kind === 'error') {
    return { kind: 'problem', problem: { kind: 'refused', code: listed.error.code } };
  }
  const found = listed.value.devices.find((one) => idFromBytes<DeviceId>(one.deviceId) === deviceId);
  const system = found === undefined ? '' : (openLabel(device, deviceId, found.label)?.system ?? '');
  return label(device, deviceId, { name: name.trim().slice(0, limits.deviceNameLength), system });
}

async function label(
  device: DeviceContext,
  deviceId: DeviceId,
  value: { readonly name: string; readonly system: string },
): Promise<Outcome<null, ServerProblem>> {
  const [key] = device.database.read(readHistoryKeys);
  if (key === undefined) return { kind: 'problem', problem: { kind: 'refused', code: 'unavailable' } };
  const sealed = sealDeviceLabel(device.provider, key, device.self.accountId, deviceId, value);
  const answer = await device.connection.call(methods.labelDevice, {
    deviceId: idToBytes(deviceId),
    label: sealed,
  });
  if (answer.kind === 'lost') return { kind: 'problem', problem: { kind: 'offline' } };
  if (answer.kind === 'error')
    return { kind: 'problem', problem: { kind: 'refused', code: answer.error.code } };
  return { kind: 'ok', value: null };
}

function takenSeq(device: DeviceContext): bigint {
  return BigInt(device.database.read(readTakenSeq));
}

/** Stores renewed history keys. One that is not of the key the chain named is left: it is the server's making. */
async function takeDeliveries(
  device: DeviceContext,
  chain: VerifiedChain,
  { deliveries }: ListDevicesResponse,
): Promise<void> {
  const { provider } = device;
  const lockKey = device.database.read(readDevice)?.lockKey;
  if (lockKey === undefined) return;
  const keys: Uint8Array[] = [];
  let taken = device.database.read(readTakenSeq);
  for (const { chainSeq, sealed } of deliveries) {
    if (chainSeq > BigInt(chain.seq)) break;
    // In the order of the chain only: which key is the newest, and so what removed devices do not have, follows from it.
    if (chainSeq <= BigInt(taken)) continue;
    const key = openDeviceSecrets(provider, lockKey, Number(chainSeq), sealed);
    if (key === null) continue;
    keys.push(key);
    taken = Number(chainSeq);
  }
  const newest = keys.at(-1);
  if (newest === undefined || !(await fits(device, newest, chain.historyPublicKey))) return;
  await device.steps.run((step) =>
    step.commit((sql) => {
      for (const key of keys) insertHistoryKey(sql, key);
      setTakenSeq(sql, taken);
    }),
  );
  device.sync.reopen();
}

async function fits(
  { provider }: DeviceContext,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Promise<boolean> {
  const none = new Uint8Array(0);
  const probe = provider.randomBytes(16);
  const { enc, ciphertext } = await provider.hpke.seal(publicKey, none, none, probe);
  const opened = await provider.hpke.open(privateKey, enc, none, none, ciphertext);
  return opened?.toHex() === probe.toHex();
}

function openLabel(device: DeviceContext, deviceId: DeviceId, sealed: Uint8Array) {
  for (const key of device.database.read(readHistoryKeys)) {
    const opened = openDeviceLabel(device.provider, key, device.self.accountId, deviceId, sealed);
    if (opened !== null) return opened;
  }
  return null;
}

function deviceViews(
  device: DeviceContext,
  chain: VerifiedChain,
  { devices }: ListDevicesResponse,
): DeviceView[] {
  const listed = new Map(devices.map((one) => [idFromBytes<DeviceId>(one.deviceId), one]));
  const views = Array.from(chain.devices, ([deviceId, { addedSeq }]): DeviceView => {
    const found = listed.get(deviceId);
    const opened = found === undefined ? null : openLabel(device, deviceId, found.label);
    const lastSeenMs = clampTime(found?.lastSeenMs ?? 0n);
    return {
      deviceId,
      name: opened?.name ?? '',
      system: opened?.system ?? '',
      isThis: deviceId === device.self.deviceId,
      addedAtMs: clampTime(BigInt(chain.events[addedSeq]?.atMs ?? 0)),
      lastSeenMs: lastSeenMs === 0 ? null : lastSeenMs,
      online: found?.online ?? false,
    };
  });
  return views.sort(
    (a, b) => Number(b.isThis) - Number(a.isThis) || (b.lastSeenMs ?? 0) - (a.lastSeenMs ?? 0),
  );
}

/** Which there are is the chain's word; a name that does not open is empty. */
function passkeyViews(
  device: DeviceContext,
  chain: VerifiedChain,
  { passkeys }: ListDevicesResponse,
): PasskeyView[] {
  const { provider, self, database } = device;
  const keys = database.read(readHistoryKeys);
  const listed = new Map(passkeys.map((one) => [idFromBytes<PasskeyId>(one.passkeyId), one]));
  return Array.from(chain.passkeys, ([passkeyId, addedSeq]): PasskeyView => {
    const found = listed.get(passkeyId);
    const label = found?.label ?? new Uint8Array(0);
    const opened = keys
      .map((key) => openPasskeyLabel(provider, key, self.accountId, passkeyId, label))
      .find((one) => one !== null);
    const lastUsedMs = clampTime(found?.lastUsedMs ?? 0n);
    return {
      passkeyId,
      name: opened?.name ?? '',
      credentialId: opened?.credentialId ?? new Uint8Array(0),
      addedAtMs: clampTime(BigInt(chain.events[addedSeq]?.atMs ?? 0)),
      lastUsedMs: lastUsedMs === 0 ? null : lastUsedMs,
    };
  });
}

/** What the chain says was done to the account, the newest first: signed, so no server can add to it or forget. */
function securityLog(
  chain: VerifiedChain,
  devices: readonly DeviceView[],
  passkeys: readonly PasskeyView[],
): SecurityEventView[] {
  const byId = new Map(devices.map((one) => [one.deviceId, one]));
  return chain.events
    .map(({ operation, atMs, deviceId, passkeyId }, seq): SecurityEventView => {
      const device = deviceId === null ? undefined : byId.get(deviceId);
      const passkey = passkeys.find((one) => one.passkeyId === passkeyId);
      return {
        kind: kinds[operation],
        seq,
        atMs: clampTime(BigInt(atMs)),
        device: device ?? null,
        passkey: passkey ?? null,
      };
    })
    .reverse();
}

const kinds: { readonly [Operation in ChainOperation]: SecurityEventView['kind'] } = {
  [ChainOperation.UNSPECIFIED]: 'created',
  [ChainOperation.CREATE]: 'created',
  [ChainOperation.ADD_DEVICE]: 'deviceAdded',
  [ChainOperation.REMOVE_DEVICE]: 'deviceRemoved',
  [ChainOperation.CHANGE_PASSWORD]: 'passwordChanged',
  [ChainOperation.CHANGE_RECOVERY_CODE]: 'recoveryCodeReplaced',
  [ChainOperation.RECOVER]: 'recovered',
  [ChainOperation.ADD_PASSKEY]: 'passkeyAdded',
  [ChainOperation.REMOVE_PASSKEY]: 'passkeyRemoved',
  [ChainOperation.RESET]: 'identityReset',
};

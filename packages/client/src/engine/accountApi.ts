import { generatePassphrase, generateRecoveryCode } from '@sotto/crypto';
import type { DeviceId } from '@sotto/protocol';
import {
  addPasskey,
  changePassword,
  removeDevice,
  removePasskey,
  replaceRecoveryCode,
  setPassword,
  type Who,
} from '../account/changeAccount.ts';
import { readOwnAccount, renameDevice } from '../account/devices.ts';
import { readPushKey, setPushTarget } from '../account/push.ts';
import type { AccountSecret, Outcome, SignInProblem, SottoApi } from '../api.ts';
import { acceptNewIdentity, declineNewIdentity } from '../identity/replacedAccounts.ts';
import { describeServer } from '../invites/invites.ts';
import { approvePairing, readPairingOffer } from '../pairing/answerPairing.ts';
import { enrolPaired, type PairingOffers } from '../pairing/offerPairing.ts';
import type { Platform } from '../ports.ts';
import { register } from '../signIn/register.ts';
import { resolveReset } from '../signIn/resetIdentity.ts';
import { signIn } from '../signIn/signIn.ts';
import type { Sessions } from './sessions.ts';

/** After signing in, until what can wait begins: by then the chats are there. */
const settledMs = 10_000;

type AccountApi = Pick<
  SottoApi,
  | 'describeServer'
  | 'suggestPassphrase'
  | 'register'
  | 'signIn'
  | 'recover'
  | 'signInWithPasskey'
  | 'signOut'
  | 'readOwnAccount'
  | 'renameDevice'
  | 'readPushKey'
  | 'setPushTarget'
  | 'removeDevice'
  | 'changePassword'
  | 'suggestRecoveryCode'
  | 'replaceRecoveryCode'
  | 'addPasskey'
  | 'removePasskey'
  | 'beginPairing'
  | 'awaitPairing'
  | 'cancelPairing'
  | 'readPairingOffer'
  | 'approvePairing'
  | 'resetIdentity'
  | 'resolveReset'
  | 'resetByLink'
  | 'acceptNewIdentity'
  | 'declineNewIdentity'
>;

/** Commands about who is signed in, and about the account itself. */
export function createAccountApi(platform: Platform, sessions: Sessions, pairing: PairingOffers): AccountApi {
  const { transport } = platform;
  const context = () => sessions.device().context;
  /** Runs a change of the account, and overwrites what a passkey gave for it. */
  const changing = async <Value>(
    secret: AccountSecret,
    run: (who: Who) => Promise<Value>,
  ): Promise<Value> => {
    try {
      const { accountId, username, deviceId } = sessions.device().row;
      return await run({ username, deviceId, before: await context().directory.chain(accountId) });
    } finally {
      wipeSecret(secret);
    }
  };
  /** Signs in. Where this place was another device before, which is lost, that one goes once this one has settled. */
  const enter = async (
    username: string,
    secret: AccountSecret,
    lostDevice: DeviceId | undefined,
  ): Promise<Outcome<null, SignInProblem>> => {
    const entered = await sessions.enter((database) => signIn(platform, database, username, secret), {
      kind: 'storage',
    });
    if (entered.kind === 'problem') return entered;
    if (entered.value === 'added' && lostDevice !== undefined) {
      const kept = secret.kind === 'passkey' ? { ...secret, prfOutput: secret.prfOutput.slice() } : secret;
      platform.clock.schedule(settledMs, () => {
        // Where it fails the devices page still shows the lost one.
        changing(kept, (who) => removeDevice(platform, who, kept, lostDevice)).catch(() => undefined);
      });
    }
    return { kind: 'ok', value: null };
  };
  return {
    describeServer: () => describeServer(transport),
    suggestPassphrase: () => generatePassphrase(platform.provider),
    register: (request) =>
      sessions.enter((database) => register(platform, database, request), { kind: 'storage' }),
    signIn: ({ username, password, lostDevice }) =>
      enter(username, { kind: 'password', password }, lostDevice),
    recover: async ({ username, recoveryCode, newPassword, lostDevice }) => {
      const secret = { kind: 'recoveryCode', code: recoveryCode } as const;
      const who = { username, deviceId: null, before: null };
      const changed = await setPassword(platform, who, secret, newPassword);
      if (changed.kind === 'problem') return changed;
      return enter(username, { kind: 'password', password: newPassword }, lostDevice);
    },
    signInWithPasskey: async (passkey, lostDevice) => {
      try {
        return await enter('', passkey, lostDevice);
      } finally {
        wipeSecret(passkey);
      }
    },
    signOut: () => sessions.signOut(),
    readOwnAccount: async () => readOwnAccount(context()),
    renameDevice: async (deviceId, name) => renameDevice(context(), deviceId, name),
    readPushKey: async () => readPushKey(context()),
    setPushTarget: async (endpoint) => setPushTarget(context(), endpoint),
    removeDevice: ({ deviceId, secret }) =>
      changing(secret, (who) => removeDevice(platform, who, secret, deviceId)),
    changePassword: ({ secret, newPassword }) =>
      changing(secret, (who) => changePassword(platform, who, secret, newPassword)),
    suggestRecoveryCode: async () => generateRecoveryCode(platform.provider).text,
    replaceRecoveryCode: ({ secret, recoveryCode }) =>
      changing(secret, (who) => replaceRecoveryCode(platform, who, secret, recoveryCode)),
    addPasskey: async ({ secret, passkey }) => {
      try {
        return await changing(secret, (who) => addPasskey(platform, who, secret, passkey));
      } finally {
        passkey.prfOutput.fill(0);
      }
    },
    removePasskey: ({ secret, passkeyId }) =>
      changing(secret, (who) => removePasskey(platform, who, secret, passkeyId)),
    beginPairing: () => pairing.begin(),
    awaitPairing: async () => {
      const answered = await pairing.answer();
      if (answered.kind === 'problem') return answered;
      const entered = await sessions.enter((database) => enrolPaired(platform, database, answered.value), {
        kind: 'storage',
      });
      pairing.cancel();
      return entered.kind === 'ok' ? { kind: 'ok', value: null } : entered;
    },
    cancelPairing: async () => pairing.cancel(),
    readPairingOffer: async (code) => readPairingOffer(context(), code),
    approvePairing: ({ code, secret }) =>
      changing(secret, (who) => approvePairing(platform, context(), who, code, secret)),
    resetIdentity: ({ newPassword }) => sessions.startOver(newPassword),
    resolveReset: (link) => resolveReset(transport, link),
    resetByLink: ({ link, newPassword }) => sessions.startOverByLink(link, newPassword),
    declineNewIdentity: async (accountId) => declineNewIdentity(context(), accountId),
    acceptNewIdentity: async (accountId) => acceptNewIdentity(context(), accountId),
  };
}

function wipeSecret(secret: AccountSecret): void {
  if (secret.kind === 'passkey') secret.prfOutput.fill(0);
}

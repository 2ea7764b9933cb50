/**
 * The commands and watches that pages may send to the worker, with what they may hold. Invariant: every command of
 * `SottoApi` is here (the compiler sees to it), nothing that does not fit its check reaches the engine, and every
 * command says what becomes of it when the worker that had it is gone.
 */
import type { SottoApi, WatchedViews } from '@sotto/client/api';
import { callCommands } from './callCommands.ts';
import {
  type Check,
  isBytes,
  isCount,
  isFlag,
  isId,
  isNullOr,
  isOptional,
  isRecord,
  isText,
} from './checks.ts';
import { disappearingCommands } from './disappearingCommands.ts';
import { groupCallCommands } from './groupCallCommands.ts';
import { groupCommands } from './groupCommands.ts';
import { mediaCommands } from './mediaCommands.ts';
import { messageCommands } from './messageCommands.ts';

export type Command = Exclude<keyof SottoApi, 'watch'>;
export type CommandArguments<Name extends Command> = Parameters<SottoApi[Name]>;
type CommandResult<Name extends Command> = Awaited<ReturnType<SottoApi[Name]>>;
export type ViewKind = keyof WatchedViews;
export type ViewQuery = { [Kind in ViewKind]: { kind: Kind } & WatchedViews[Kind]['query'] }[ViewKind];

export interface CommandRule<Name extends Command> {
  /** One check per argument; an argument left out arrives as `undefined`. */
  readonly arguments: readonly Check[];
  /**
   * When another worker takes over with the answer outstanding: `repeat` what does no harm when done twice, or
   * give this answer.
   */
  readonly interrupted: 'repeat' | { readonly answer: CommandResult<Name> };
}

const isPasskey = isRecord({
  kind: (kind) => kind === 'passkey',
  accountId: isId,
  credentialId: isBytes,
  prfOutput: isBytes,
});
const isSecret: Check = (value) =>
  isRecord({ kind: (kind) => kind === 'password', password: isText })(value) ||
  isRecord({ kind: (kind) => kind === 'recoveryCode', code: isText })(value) ||
  isPasskey(value);

const interrupted = { answer: { kind: 'problem', problem: { kind: 'interrupted' } } } as const;
const pageSizeLimit = 1000;
const isPageSize: Check = (value) => isCount(value) && (value as number) <= pageSizeLimit;

export const commands: { readonly [Name in Command]: CommandRule<Name> } = {
  describeServer: { arguments: [], interrupted: 'repeat' },
  suggestPassphrase: { arguments: [], interrupted: 'repeat' },
  register: {
    arguments: [isRecord({ username: isText, password: isText, invite: isOptional(isText) })],
    interrupted,
  },
  signIn: {
    arguments: [isRecord({ username: isText, password: isText, lostDevice: isOptional(isId) })],
    interrupted,
  },
  signInWithPasskey: { arguments: [isPasskey, isOptional(isId)], interrupted },
  recover: {
    arguments: [
      isRecord({
        username: isText,
        recoveryCode: isText,
        newPassword: isText,
        lostDevice: isOptional(isId),
      }),
    ],
    interrupted,
  },
  signOut: { arguments: [], interrupted: 'repeat' },
  readOwnAccount: { arguments: [], interrupted: 'repeat' },
  renameDevice: { arguments: [isId, isText], interrupted: 'repeat' },
  readPushKey: { arguments: [], interrupted: 'repeat' },
  setPushTarget: { arguments: [isNullOr(isText)], interrupted: 'repeat' },
  removeDevice: { arguments: [isRecord({ deviceId: isId, secret: isSecret })], interrupted },
  changePassword: { arguments: [isRecord({ secret: isSecret, newPassword: isText })], interrupted },
  suggestRecoveryCode: { arguments: [], interrupted: 'repeat' },
  replaceRecoveryCode: { arguments: [isRecord({ secret: isSecret, recoveryCode: isText })], interrupted },
  addPasskey: {
    arguments: [
      isRecord({
        secret: isSecret,
        passkey: isRecord({ name: isText, credentialId: isBytes, prfOutput: isBytes }),
      }),
    ],
    interrupted,
  },
  removePasskey: { arguments: [isRecord({ secret: isSecret, passkeyId: isId })], interrupted },
  beginPairing: { arguments: [], interrupted: 'repeat' },
  awaitPairing: { arguments: [], interrupted },
  cancelPairing: { arguments: [], interrupted: 'repeat' },
  readPairingOffer: { arguments: [isText], interrupted: 'repeat' },
  approvePairing: { arguments: [isRecord({ code: isText, secret: isSecret })], interrupted },
  resetIdentity: { arguments: [isRecord({ newPassword: isText })], interrupted },
  resolveReset: { arguments: [isText], interrupted: 'repeat' },
  resetByLink: { arguments: [isRecord({ link: isText, newPassword: isText })], interrupted },
  declineNewIdentity: { arguments: [isId], interrupted: 'repeat' },
  acceptNewIdentity: { arguments: [isId], interrupted: 'repeat' },
  findAccount: { arguments: [isText], interrupted: 'repeat' },
  resolveInvite: { arguments: [isText], interrupted: 'repeat' },
  createInvite: { arguments: [], interrupted: 'repeat' },
  openDirectConversation: { arguments: [isId, isOptional(isText)], interrupted: 'repeat' },
  // Repeated with the message id that the page chose, so it is stored once.
  sendText: { arguments: [isId, isText, isId], interrupted: 'repeat' },
  readMessages: {
    arguments: [
      isRecord({
        conversationId: isId,
        beforeOrder: isOptional(isCount),
        afterOrder: isOptional(isCount),
        aroundOrder: isOptional(isCount),
        limit: isPageSize,
      }),
    ],
    interrupted: 'repeat',
  },
  searchMessages: {
    arguments: [
      isRecord({
        text: isText,
        conversationId: isOptional(isId),
        limit: isPageSize,
        before: isOptional(isCount),
      }),
    ],
    interrupted: 'repeat',
  },
  pauseHistory: { arguments: [], interrupted: 'repeat' },
  resumeHistory: { arguments: [], interrupted: 'repeat' },
  // The next leader knows nothing of an export: it answers that it is gone.
  beginExport: {
    arguments: [isRecord({ conversationId: isNullOr(isId), withMedia: isFlag })],
    interrupted: 'repeat',
  },
  readExport: { arguments: [isId], interrupted: 'repeat' },
  endExport: { arguments: [isId], interrupted: 'repeat' },
  markRead: { arguments: [isId, isCount], interrupted: 'repeat' },
  acknowledgeLogAlarms: { arguments: [isId], interrupted: 'repeat' },
  archiveConversation: { arguments: [isId, isFlag], interrupted: 'repeat' },
  muteConversation: {
    arguments: [isId, (value) => value === null || isCount(value)],
    interrupted: 'repeat',
  },
  pinConversation: { arguments: [isId, isFlag], interrupted: 'repeat' },
  setConversationHistory: { arguments: [isId, isFlag], interrupted: 'repeat' },
  setAccountHistory: { arguments: [isFlag], interrupted: 'repeat' },
  setTyping: { arguments: [isId, isFlag], interrupted: 'repeat' },
  ...messageCommands,
  ...mediaCommands,
  ...groupCommands,
  ...disappearingCommands,
  ...callCommands,
  ...groupCallCommands,
};

const views: { readonly [Kind in ViewKind]: Check } = {
  session: isRecord({ kind: isText }),
  connection: isRecord({ kind: isText }),
  conversations: isRecord({ kind: isText }),
  history: isRecord({ kind: isText }),
  conversation: isRecord({ kind: isText, conversationId: isId }),
  messages: isRecord({ kind: isText, conversationId: isId }),
  historyChoice: isRecord({ kind: isText }),
  receiptChoice: isRecord({ kind: isText }),
  calls: isRecord({ kind: isText }),
  callSignals: isRecord({ kind: isText, callId: isId }),
  groupCalls: isRecord({ kind: isText }),
  groupCallSignals: isRecord({ kind: isText, callId: isId }),
};

export function isCommand(name: unknown): name is Command {
  return typeof name === 'string' && Object.hasOwn(commands, name);
}

export function areArguments(name: Command, values: readonly unknown[]): boolean {
  const checks = commands[name].arguments;
  return values.length <= checks.length && checks.every((check, at) => check(values[at]));
}

export function isViewQuery(value: unknown): value is ViewQuery {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const { kind } = value;
  return typeof kind === 'string' && Object.hasOwn(views, kind) && views[kind as ViewKind](value);
}

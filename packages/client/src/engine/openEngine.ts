import { generatePassphrase, generateRecoveryCode } from '@sotto/crypto';
import { normalizeUsername } from '@sotto/protocol';
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
import { type DeviceRow, readDevice } from '../account/deviceTable.ts';
import type {
  AccountSecret,
  HistoryView,
  MessagePage,
  Outcome,
  ResetProblem,
  ResetResult,
  SessionView,
  SottoApi,
  WatchedViews,
} from '../api.ts';
import { findAccount, openDirectConversation } from '../conversations/openDirectConversation.ts';
import { migrate } from '../database/migrate.ts';
import { type Device, startDevice } from '../device/device.ts';
import { randomId } from '../device/deviceContext.ts';
import { DeviceStopped } from '../device/steps.ts';
import { readDraft, saveDraft } from '../drafts/drafts.ts';
import { acceptNewIdentity } from '../identity/replacedAccounts.ts';
import { acknowledgeLogAlarms } from '../integrity/acknowledgeLogAlarms.ts';
import { createInvite, describeServer, resolveInvite } from '../invites/invites.ts';
import { sendText } from '../messages/sendText.ts';
import { discardMessage, retryMessage } from '../messages/unsentMessages.ts';
import { archiveConversation, muteConversation, pinConversation } from '../ownState/changeConversation.ts';
import { approvePairing, readPairingOffer } from '../pairing/answerPairing.ts';
import { enrolPaired, PairingOffers } from '../pairing/offerPairing.ts';
import { setAccountHistory, setConversationHistory } from '../policy/setHistory.ts';
import { type ClientDatabase, DatabaseUnusable, type Platform } from '../ports.ts';
import { markRead } from '../receipts/markRead.ts';
import { confirmEnrolment, type Enrolment, storeEnrolment } from '../signIn/enrolment.ts';
import { register } from '../signIn/register.ts';
import { resetIdentity, resolveReset, rightOfDevice, rightOfLink } from '../signIn/resetIdentity.ts';
import { signIn } from '../signIn/signIn.ts';
import { Watchers } from '../views/watchers.ts';

/** The engine of one place (a browser profile, a data folder): at most one device of it is signed in. */
export interface Engine {
  readonly api: SottoApi;
  /** Tries to connect at once, where it waits for the next try. */
  hurry(): void;
  /** Stops everything and closes the database; the device stays signed in for the next start. */
  close(): Promise<void>;
}

type Session =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedOut'; readonly database: ClientDatabase; readonly lastUsername: string | null }
  | { readonly kind: 'signedIn'; readonly database: ClientDatabase; readonly device: Device }
  | {
      readonly kind: 'stopped';
      readonly reason: Extract<SessionView, { kind: 'stopped' }>['reason'];
      readonly database: ClientDatabase | null;
      /** What is stored can still be read. */
      readonly device: Device | null;
    };

/**
 * Opens the engine on what the platform has: resolves once the session is known (signed out, signed in, or why it
 * cannot start), not once it is connected. See spec/client.md §Session.
 */
export async function openEngine(platform: Platform): Promise<Engine> {
  const engine = new SottoEngine(platform);
  await engine.open();
  return engine;
}

class SottoEngine implements Engine {
  readonly api: SottoApi;
  readonly #platform: Platform;
  readonly #watchers = new Watchers();
  readonly #pairing: PairingOffers;
  #session: Session = { kind: 'starting' };
  /** Sign-in and sign-out, one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#pairing = new PairingOffers(platform);
    this.api = this.#createApi();
  }

  async open(): Promise<void> {
    await this.#beginWith(() => this.#platform.databases.open());
  }

  hurry(): void {
    if (this.#session.kind === 'signedIn') this.#session.device.context.connection.hurry();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pairing.cancel();
    await this.#last;
    const session = this.#session;
    if (session.kind === 'signedIn' || session.kind === 'stopped') await session.device?.stop();
    if (session.kind !== 'starting') await session.database?.close();
  }

  /** From what the database holds: a device to start, or nobody. */
  async #begin(database: ClientDatabase): Promise<void> {
    await migrate(database);
    const row = database.read(readDevice);
    if (row === null) {
      const [last] = await this.#platform.databases.locked();
      this.#setSession({ kind: 'signedOut', database, lastUsername: last?.username ?? null });
      return;
    }
    await this.#start(database, row);
  }

  async #start(database: ClientDatabase, row: DeviceRow): Promise<void> {
    let device: Device | null = null;
    let stoppedEarly: Extract<Session, { kind: 'stopped' }>['reason'] | null =
      row.state === 'removed' ? 'deviceRemoved' : row.state === 'closed' ? 'accountClosed' : null;
    device = await startDevice(this.#platform, database, row, this.#watchers, (reason) => {
      stoppedEarly = reason;
      if (device === null) return;
      // Rejects only where the engine was closed meanwhile.
      this.#stopped(database, device, reason).catch(() => undefined);
    });
    this.#setSession({ kind: 'signedIn', database, device });
    this.#watchers.tell('connection');
    if (stoppedEarly !== null) await this.#stopped(database, device, stoppedEarly);
    this.#watchers.tell('history');
    this.#watchers.tell('conversations');
    this.#watchers.tell('conversation');
  }

  async #stopped(
    database: ClientDatabase,
    device: Device,
    reason: Extract<SessionView, { kind: 'stopped' }>['reason'],
  ): Promise<void> {
    if (this.#session.kind !== 'signedIn' || this.#session.device !== device) return;
    if (reason === 'deviceRemoved' && device.row.state === 'enrolling') {
      // The enrolment never came to be at the server.
      await this.#exclusively(async () => {
        // Signing out may have come first; then the database in use is another.
        if (this.#session.kind !== 'signedIn' || this.#session.device !== device) return;
        await device.stop();
        await this.#abandonEnrolment();
      });
      return;
    }
    if (reason === 'deviceRemoved' || reason === 'accountClosed') {
      await this.#exclusively(() => this.#lockRemoved(device, reason));
      return;
    }
    this.#setSession({ kind: 'stopped', reason, database, device });
    await device.stop();
  }

  /**
   * A removed device shows and keeps nothing readable. What it stored is locked and not destroyed, since that it was
   * removed may be only the server's word: the password opens it.
   */
  async #lockRemoved(device: Device, reason: 'deviceRemoved' | 'accountClosed'): Promise<void> {
    // Signing out, or starting over here, may have come first; then the database in use is another.
    if (this.#session.kind !== 'signedIn' || this.#session.device !== device) return;
    const { accountId, deviceId, username, lockKey } = device.row;
    await device.stop();
    this.#setSession({ kind: 'stopped', reason, database: null, device: null });
    try {
      await this.#platform.databases.lock({ accountId, deviceId, username }, lockKey);
    } catch (error) {
      // It stays as it is: the next start finds it removed and locks it.
      if (!(error instanceof DatabaseUnusable)) this.#platform.fault?.(error);
    }
  }

  async #abandonEnrolment(): Promise<void> {
    await this.#beginWith(async () => {
      await this.#platform.databases.discard();
      return this.#platform.databases.open();
    });
  }

  /** Begins from a database; stops, and touches nothing more, where that fails. */
  async #beginWith(find: () => Promise<ClientDatabase>): Promise<boolean> {
    try {
      await this.#begin(await find());
      return true;
    } catch (error) {
      const reason = error instanceof DatabaseUnusable ? error.reason : 'storageUnavailable';
      this.#setSession({ kind: 'stopped', reason, database: null, device: null });
      return false;
    }
  }

  /** Runs a sign-in flow while signed out. What it leaves unfinished is removed. */
  async #enter<Value, Problem>(
    flow: (database: ClientDatabase) => Promise<Outcome<Value, Problem>>,
    storageProblem: Problem,
  ): Promise<Outcome<Value, Problem>> {
    return this.#exclusively(async () => {
      const session = this.#session;
      if (session.kind !== 'signedOut') return { kind: 'problem', problem: storageProblem };
      let outcome: Outcome<Value, Problem>;
      try {
        outcome = await flow(session.database);
      } catch {
        outcome = { kind: 'problem', problem: storageProblem };
      }
      if (outcome.kind === 'problem') {
        await this.#discardUnfinished(session.database);
        return outcome;
      }
      // From here on there is a device, maybe one with all its content: where it does not start, the next start tries.
      const isResumed = outcome.value === 'resumed';
      const hasBegun = await this.#beginWith(async () =>
        isResumed ? this.#platform.databases.open() : session.database,
      );
      return hasBegun ? outcome : { kind: 'problem', problem: storageProblem };
    });
  }

  async #discardUnfinished(database: ClientDatabase): Promise<void> {
    try {
      if (database.read(readDevice) === null) return;
    } catch {
      // It cannot be read: it goes as well.
    }
    await this.#abandonEnrolment();
  }

  async #signOut(): Promise<void> {
    await this.#exclusively(async () => {
      const session = this.#session;
      if (session.kind !== 'signedIn' && session.kind !== 'stopped') return;
      const { device } = session;
      if (device === null) return;
      const { accountId, deviceId, username, lockKey, state } = device.row;
      await device.stop();
      this.#setSession({ kind: 'starting' });
      if (state === 'enrolling' && session.kind === 'stopped') {
        await this.#abandonEnrolment();
        return;
      }
      await this.#beginWith(async () => {
        await this.#platform.databases.lock({ accountId, deviceId, username }, lockKey);
        return this.#platform.databases.open();
      });
    });
  }

  /**
   * A new account takes the place of this device's, and the database. Where this ends after the server has the new
   * account and before it is stored here, the next start finds the old one closed, and the new password signs in.
   */
  async #startOver(newPassword: string): Promise<Outcome<ResetResult, ResetProblem>> {
    return this.#exclusively(async () => {
      const session = this.#session;
      if (session.kind !== 'signedIn') throw new DeviceStopped();
      const { device } = session;
      const { accountId, deviceId, username, lockKey } = device.row;
      const right = rightOfDevice(device.context, username);
      const made = await resetIdentity(this.#platform, right, newPassword, async () => undefined);
      if (made.kind === 'problem') return made;
      const { enrolment, recoveryCode, isTested } = made.value;
      const { databases } = this.#platform;
      await device.stop();
      this.#setSession({ kind: 'starting' });
      const hasBegun = await this.#beginWith(async () => {
        await databases.lock({ accountId, deviceId, username }, lockKey);
        const database = await databases.open();
        await storeEnrolment(database, enrolment);
        await confirmEnrolment(database);
        return database;
      });
      return hasBegun
        ? { kind: 'ok', value: { username, recoveryCode, isTested } }
        : { kind: 'problem', problem: { kind: 'storage' } };
    });
  }

  /** The same by the operator's link, where no device is left; here the account is stored before the server has it. */
  async #startOverByLink(link: string, newPassword: string): Promise<Outcome<ResetResult, ResetProblem>> {
    return this.#enter<ResetResult, ResetProblem>(
      async (database) => {
        const right = await rightOfLink(this.#platform.transport, link);
        if (right.kind === 'problem') return right;
        const store = (enrolment: Enrolment) => storeEnrolment(database, enrolment).then(() => undefined);
        const made = await resetIdentity(this.#platform, right.value, newPassword, store);
        if (made.kind === 'problem') return made;
        await confirmEnrolment(database);
        const { username } = right.value;
        const { recoveryCode, isTested } = made.value;
        return { kind: 'ok', value: { username, recoveryCode, isTested } };
      },
      { kind: 'storage' },
    );
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#isClosed) throw new DeviceStopped();
      return work();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #setSession(session: Session): void {
    this.#session = session;
    this.#watchers.tell('session');
    if (session.kind === 'signedIn') return;
    this.#watchers.tell('connection');
    this.#watchers.tell('conversations');
    this.#watchers.tell('conversation');
    this.#watchers.tell('history');
  }

  /** The device that is signed in; commands without one are rejected. */
  #device(): Device {
    if (this.#session.kind !== 'signedIn') throw new DeviceStopped();
    return this.#session.device;
  }

  #who(): Who {
    const { username, deviceId } = this.#device().row;
    return { username, deviceId };
  }

  /** Runs a change of the account, and overwrites what a passkey gave for it. */
  async #changing<Value>(secret: AccountSecret, run: (who: Who) => Promise<Value>): Promise<Value> {
    try {
      return await run(this.#who());
    } finally {
      wipeSecret(secret);
    }
  }

  #sessionView(): SessionView {
    const session = this.#session;
    switch (session.kind) {
      case 'starting':
        return { kind: 'starting' };
      case 'signedOut':
        return { kind: 'signedOut', lastUsername: session.lastUsername };
      case 'signedIn': {
        const { accountId, deviceId, username } = session.device.row;
        return { kind: 'signedIn', accountId, deviceId, username };
      }
      case 'stopped':
        return { kind: 'stopped', reason: session.reason };
    }
  }

  #createApi(): SottoApi {
    const platform = this.#platform;
    const { transport } = platform;
    const context = () => this.#device().context;
    return {
      describeServer: () => describeServer(transport),
      suggestPassphrase: () => generatePassphrase(platform.provider),
      register: (request) =>
        this.#enter((database) => register(platform, database, request), { kind: 'storage' }),
      signIn: async ({ username, password }) => {
        const secret = { kind: 'password', password } as const;
        const outcome = await this.#enter((database) => signIn(platform, database, username, secret), {
          kind: 'storage',
        });
        return outcome.kind === 'ok' ? { kind: 'ok', value: null } : outcome;
      },
      recover: async ({ username, recoveryCode, newPassword }) => {
        const secret = { kind: 'recoveryCode', code: recoveryCode } as const;
        const who = { username, deviceId: null };
        const changed = await setPassword(platform, who, secret, newPassword);
        if (changed.kind === 'problem') return changed;
        return this.api.signIn({ username, password: newPassword });
      },
      signInWithPasskey: async (passkey) => {
        try {
          const outcome = await this.#enter((database) => signIn(platform, database, '', passkey), {
            kind: 'storage',
          });
          return outcome.kind === 'ok' ? { kind: 'ok', value: null } : outcome;
        } finally {
          wipeSecret(passkey);
        }
      },
      signOut: () => this.#signOut(),
      readOwnAccount: async () => readOwnAccount(context()),
      renameDevice: async (deviceId, name) => renameDevice(context(), deviceId, name),
      removeDevice: ({ deviceId, secret }) =>
        this.#changing(secret, (who) => removeDevice(platform, who, secret, deviceId)),
      changePassword: ({ secret, newPassword }) =>
        this.#changing(secret, (who) => changePassword(platform, who, secret, newPassword)),
      suggestRecoveryCode: async () => generateRecoveryCode(platform.provider).text,
      replaceRecoveryCode: ({ secret, recoveryCode }) =>
        this.#changing(secret, (who) => replaceRecoveryCode(platform, who, secret, recoveryCode)),
      addPasskey: async ({ secret, passkey }) => {
        try {
          return await this.#changing(secret, (who) => addPasskey(platform, who, secret, passkey));
        } finally {
          passkey.prfOutput.fill(0);
        }
      },
      removePasskey: ({ secret, passkeyId }) =>
        this.#changing(secret, (who) => removePasskey(platform, who, secret, passkeyId)),
      beginPairing: () => this.#pairing.begin(),
      awaitPairing: async () => {
        const answered = await this.#pairing.answer();
        if (answered.kind === 'problem') return answered;
        const entered = await this.#enter((database) => enrolPaired(platform, database, answered.value), {
          kind: 'storage',
        });
        this.#pairing.cancel();
        return entered.kind === 'ok' ? { kind: 'ok', value: null } : entered;
      },
      cancelPairing: async () => this.#pairing.cancel(),
      readPairingOffer: async (code) => readPairingOffer(context(), code),
      approvePairing: ({ code, secret }) =>
        this.#changing(secret, (who) => approvePairing(platform, context(), who, code, secret)),
      resetIdentity: ({ newPassword }) => this.#startOver(newPassword),
      resolveReset: (link) => resolveReset(transport, link),
      resetByLink: ({ link, newPassword }) => this.#startOverByLink(link, newPassword),
      acceptNewIdentity: async (accountId) => acceptNewIdentity(context(), accountId),
      findAccount: async (text) => {
        const username = normalizeUsername(text);
        if (username === null) return { kind: 'problem', problem: { kind: 'malformedUsername' } };
        return findAccount(context(), username);
      },
      resolveInvite: (invite) => resolveInvite(transport, invite),
      createInvite: async () => createInvite(context()),
      openDirectConversation: async (accountId, invite) =>
        openDirectConversation(context(), accountId, invite),
      sendText: async (conversationId, text, messageId) => {
        const { typing } = this.#device();
        const sent = await sendText(context(), conversationId, text, messageId);
        if (sent.kind === 'ok') typing.sent(conversationId);
        return sent;
      },
      retryMessage: async (conversationId, messageId) => retryMessage(context(), conversationId, messageId),
      discardMessage: async (conversationId, messageId) =>
        discardMessage(context(), conversationId, messageId),
      readMessages: async (query): Promise<MessagePage> => {
        if (this.#session.kind === 'signedIn') await this.#session.device.context.history.fill(query);
        return this.#shown()?.views.page(query) ?? { messages: [], hasOlder: false, hasNewer: false };
      },
      searchMessages: async (search) => this.#shown()?.views.search(search) ?? { matches: [], next: null },
      pauseHistory: () => context().history.setPaused(true),
      resumeHistory: () => context().history.setPaused(false),
      beginExport: async () => {
        const views = this.#shown()?.views;
        if (views === undefined) throw new DeviceStopped();
        return views.beginExport(platform.clock.now(), () => randomId(platform.provider));
      },
      readExport: async (exportId) => this.#shown()?.views.exports.read(exportId) ?? { kind: 'gone' },
      endExport: async (exportId) => this.#shown()?.views.exports.end(exportId),
      markRead: async (conversationId, order) => markRead(context(), conversationId, order),
      acknowledgeLogAlarms: async (conversationId) => acknowledgeLogAlarms(context(), conversationId),
      archiveConversation: async (conversationId, archived) =>
        archiveConversation(context(), conversationId, archived),
      muteConversation: async (conversationId, untilMs) =>
        muteConversation(context(), conversationId, untilMs),
      pinConversation: async (conversationId, pinned) => pinConversation(context(), conversationId, pinned),
      setConversationHistory: async (conversationId, on) =>
        setConversationHistory(context(), conversationId, on),
      setAccountHistory: async (on) => setAccountHistory(context(), on),
      setTyping: async (conversationId, active) => this.#device().typing.tell(conversationId, active),
      saveDraft: async (conversationId, text) => saveDraft(context(), conversationId, text),
      readDraft: async (conversationId) => readDraft(context(), conversationId),
      watch: (view, listener) => this.#watch(view, listener),
    };
  }

  /** The device whose content is shown: also one that has stopped, as long as its database is open. */
  #shown(): Device | null {
    const session = this.#session;
    return session.kind === 'signedIn' || session.kind === 'stopped' ? session.device : null;
  }

  #watch<Kind extends keyof WatchedViews>(
    view: { kind: Kind } & WatchedViews[Kind]['query'],
    listener: (value: WatchedViews[Kind]['value']) => void,
  ): () => void {
    const present = (): WatchedViews[keyof WatchedViews]['value'] => {
      const views = this.#shown()?.views;
      const query: { kind: keyof WatchedViews; conversationId?: DeviceConversationId } = view;
      switch (query.kind) {
        case 'session':
          return this.#sessionView();
        case 'connection':
          return views?.connection ?? { kind: 'offline', retryAtMs: null };
        case 'historyChoice':
          return views?.historyChoice() ?? { on: true, pendingCount: 0 };
        case 'conversations':
          return views?.conversations() ?? [];
        case 'conversation':
          return query.conversationId === undefined
            ? null
            : (views?.conversation(query.conversationId) ?? null);
        case 'history':
          return this.#shown()?.context.history.coverage ?? nothingHere;
        case 'messages':
          return query.conversationId === undefined || views === undefined
            ? { changed: [], removed: [] }
            : views.messageChanges(query.conversationId);
      }
    };
    return this.#watchers.watch(view, () => present() as WatchedViews[Kind]['value'], listener);
  }
}

function wipeSecret(secret: AccountSecret): void {
  if (secret.kind === 'passkey') secret.prfOutput.fill(0);
}

/** Of nobody. */
const nothingHere: HistoryView = {
  messagesHere: 0,
  messagesInAll: 0,
  entriesHere: 0,
  entriesInAll: 0,
  state: 'complete',
};

type DeviceConversationId = WatchedViews['conversation']['query']['conversationId'];

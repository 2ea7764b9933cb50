import { type DeviceRow, readDevice, setDeviceState } from '../account/deviceTable.ts';
import type { Outcome, ResetProblem, ResetResult, SessionView } from '../api.ts';
import { migrate } from '../database/migrate.ts';
import { type Device, startDevice } from '../device/device.ts';
import { DeviceStopped } from '../device/steps.ts';
import { type ClientDatabase, DatabaseUnusable, type Platform } from '../ports.ts';
import { confirmEnrolment, type Enrolment, storeEnrolment } from '../signIn/enrolment.ts';
import { resetIdentity, rightOfDevice, rightOfLink } from '../signIn/resetIdentity.ts';
import type { Watchers } from '../views/watchers.ts';
import { leaveCalls } from './leaveCalls.ts';

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
 * Who is signed in here (spec/client.md §Session): at most one device, from the database that is in use. Signing in, signing
 * out and starting over happen one at a time.
 */
export class Sessions {
  readonly #platform: Platform;
  readonly #watchers: Watchers;
  #session: Session = { kind: 'starting' };
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(platform: Platform, watchers: Watchers) {
    this.#platform = platform;
    this.#watchers = watchers;
  }

  /** Resolves once it is known who is signed in. */
  async open(): Promise<void> {
    await this.#beginWith(() => this.#platform.databases.open());
  }

  /** Stops everything and closes the database. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#last;
    const session = this.#session;
    if (session.kind === 'signedIn' || session.kind === 'stopped') await session.device?.stop();
    if (session.kind !== 'starting') await session.database?.close();
  }

  /** The device that is signed in, or null. */
  get signedIn(): Device | null {
    return this.#session.kind === 'signedIn' ? this.#session.device : null;
  }

  /** The device whose content is shown: also one that has stopped, as long as its database is open. */
  get shown(): Device | null {
    const session = this.#session;
    return session.kind === 'signedIn' || session.kind === 'stopped' ? session.device : null;
  }

  /** The device that is signed in; commands without one are rejected. */
  device(): Device {
    if (this.#session.kind !== 'signedIn') throw new DeviceStopped();
    return this.#session.device;
  }

  view(): SessionView {
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
  async enter<Value, Problem>(
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
        isResumed ? this.#openResumed() : session.database,
      );
      return hasBegun ? outcome : { kind: 'problem', problem: storageProblem };
    });
  }

  /**
   * A device that was locked because it was said to be removed, or its account replaced: the chain, which the opened
   * vault vouches for, lists it, so that was no more than said.
   */
  async #openResumed(): Promise<ClientDatabase> {
    const database = await this.#platform.databases.open();
    await migrate(database);
    await database.transaction((sql) => setDeviceState(sql, 'enrolled'));
    return database;
  }

  async #discardUnfinished(database: ClientDatabase): Promise<void> {
    try {
      if (database.read(readDevice) === null) return;
    } catch {
      // It cannot be read: it goes as well.
    }
    await this.#abandonEnrolment();
  }

  async signOut(): Promise<void> {
    await this.#exclusively(async () => {
      const session = this.#session;
      if (session.kind !== 'signedIn' && session.kind !== 'stopped') return;
      const { device } = session;
      if (device === null) return;
      const { accountId, deviceId, username, lockKey, state } = device.row;
      if (session.kind === 'signedIn') await leaveCalls(device.context).catch(device.context.caught);
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
  async startOver(newPassword: string): Promise<Outcome<ResetResult, ResetProblem>> {
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
  async startOverByLink(link: string, newPassword: string): Promise<Outcome<ResetResult, ResetProblem>> {
    return this.enter<ResetResult, ResetProblem>(
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
    // A device that has stopped is in no call: whoever holds one lets go of its media.
    this.#watchers.tell('callSignals');
    this.#watchers.tell('calls');
    this.#watchers.tell('groupCallSignals');
    this.#watchers.tell('groupCalls');
    this.#watchers.tell('connection');
    this.#watchers.tell('conversations');
    this.#watchers.tell('conversation');
    this.#watchers.tell('history');
  }
}

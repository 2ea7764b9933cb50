import { create } from '@bufbuild/protobuf';
import { CredentialCache, importDevice, signAuthentication, suiteIds } from '@sotto/crypto';
import {
  type AccountId,
  AuthenticateRequestSchema,
  type AuthenticateResponse,
  ChainOperation,
  type ConversationId,
  idFromBytes,
  idToBytes,
  type Push,
} from '@sotto/protocol';
import { settleOwnDevice } from '../account/devices.ts';
import { type DeviceRow, setDeviceState } from '../account/deviceTable.ts';
import type { ConnectionView } from '../api.ts';
import { Attachments } from '../attachments/attachments.ts';
import { LocalBlobs } from '../attachments/localBlobs.ts';
import { Calls } from '../calls/calls.ts';
import { Connection, type ConnectionPhase } from '../connection/connection.ts';
import {
  type ConversationRow,
  conversationsCheckedBefore,
  findConversationByLog,
  listConversations,
} from '../conversations/conversationTable.ts';
import { ConversationWork } from '../conversations/conversationWork.ts';
import { conversationsWithMember } from '../conversations/members.ts';
import { type AccountLookup, Directory } from '../directory/directory.ts';
import { Expiry } from '../disappearing/expiry.ts';
import { ServerClock } from '../disappearing/serverClock.ts';
import { GroupCalls } from '../groupCalls/groupCalls.ts';
import { noteRefusal } from '../groups/groupInvites.ts';
import { OpenGroups } from '../groups/openGroups.ts';
import { History } from '../history/history.ts';
import { noteReplaced } from '../identity/replacedAccounts.ts';
import { KeyPackages } from '../keyPackages/keyPackages.ts';
import { firstKeyPackages } from '../keyPackages/publishKeyPackages.ts';
import { OwnState } from '../ownState/ownState.ts';
import type { ClientDatabase, Platform } from '../ports.ts';
import { Presence } from '../presence/presence.ts';
import { clampTime } from '../sync/entry.ts';
import { Sync } from '../sync/sync.ts';
import { Typing } from '../typing/typing.ts';
import { Views } from '../views/views.ts';
import type { Watchers } from '../views/watchers.ts';
import type { DeviceContext } from './deviceContext.ts';
import { DeviceStopped, Steps } from './steps.ts';

export type StopReason = 'storageUnavailable' | 'deviceRemoved' | 'accountClosed' | 'anotherOwner';

/** Of a challenge. */
const nonceSizeBytes = 32;

/** A signed-in device at work, from its database. */
export interface Device {
  readonly row: DeviceRow;
  readonly context: DeviceContext;
  readonly views: Views;
  readonly typing: Typing;
  /** The device is awake again, or has a network: nothing waits for a timer that stood still meanwhile. */
  hurry(): void;
  /** Ends all work; nothing is told or stored after it resolves. */
  stop(): Promise<void>;
}

/**
 * Puts the parts of a device together and starts them. `stopped` is called at most once, where the device cannot go on. Over
 * 400 lines, because the parts know each other here and nowhere else.
 */
export async function startDevice(
  platform: Platform,
  database: ClientDatabase,
  row: DeviceRow,
  watchers: Watchers,
  stopped: (reason: StopReason) => void,
): Promise<Device> {
  const { clock, provider, transport } = platform;
  const keys = await importDevice(provider, row.deviceId, row.seed);
  const self = {
    accountId: row.accountId,
    deviceId: row.deviceId,
    signingKey: keys.signingKey,
    credential: row.credential,
  };
  let isStopped = false;
  let isEnrolled = row.state === 'enrolled';
  let isCatchingUp = false;

  const end = (reason: StopReason): void => {
    if (isStopped) return;
    isStopped = true;
    halt();
    stopped(reason);
  };
  const halt = (): void => {
    context.steps.stopSoon();
    connection.stop();
    views.connection = { kind: 'offline', retryAtMs: null };
    sync.stop();
    work.stop();
    history.stop();
    ownState.stop();
    attachments.stop();
    expiry.stop();
    calls.stop();
    groupCalls.stop();
    typing.clear();
  };
  const showConnection = (phase: ConnectionPhase): void => {
    const view: ConnectionView =
      phase.kind === 'authenticated' ? { kind: isCatchingUp ? 'catchingUp' : 'online' } : phase;
    views.setConnection(view);
  };

  const steps = new Steps(
    database,
    (changes) => {
      views.publish(changes);
      if (changes.areFilesDropped) attachments.sweep();
      if (changes.areDeadlinesNew) expiry.wake();
      for (const key of changes.callsToSend) work.wake(key);
      if (changes.calls.size > 0) calls.wake();
      if (changes.groupCalls.size > 0) groupCalls.wake();
    },
    () => end('storageUnavailable'),
  );
  const groups = new OpenGroups(provider);
  const connection: Connection = new Connection(clock, transport, () => provider.randomBytes(1)[0] ?? 0, {
    authenticate: async (nonce, serverId) => {
      // Another server's challenge, or something else than one, is not signed: one server cannot be used at another.
      if (nonce.length !== nonceSizeBytes || serverId.toHex() !== row.serverId.toHex()) return null;
      const signature = await signAuthentication(
        self.signingKey,
        serverId,
        nonce,
        self.accountId,
        self.deviceId,
      );
      return create(AuthenticateRequestSchema, {
        accountId: idToBytes(self.accountId),
        deviceId: idToBytes(self.deviceId),
        signature,
      });
    },
    ready: (response) => void ready(response),
    push: (push) => receive(push),
    phase: (phase) => {
      if (isStopped) return;
      if (phase.kind !== 'authenticated') {
        sync.stop();
        work.reset();
        directory.disconnected();
        history.reset();
        ownState.disconnected();
        attachments.disconnected();
        presence.clear();
        typing.clear();
        groupCalls.disconnected();
      } else isCatchingUp = true;
      showConnection(phase);
    },
    refused: (reason) => void refused(reason),
  });
  const directory = new Directory(
    provider,
    database,
    steps,
    () => connection,
    () => clock.now(),
  );
  const sync = new Sync(() => context, {
    phase: (phase) => {
      isCatchingUp = phase === 'catchingUp';
      if (!isCatchingUp) directory.caughtUp().catch(context.caught);
      showConnection({ kind: 'authenticated' });
    },
    read: (conversation, effects) => {
      for (const effect of effects) {
        if (effect.kind === 'text') typing.received(conversation, effect.sender.accountId);
      }
      if (effects.some(({ kind }) => kind === 'receipt')) ownState.wake();
    },
  });
  const work = new ConversationWork(() => context);
  const history = new History(
    () => context,
    () => watchers.tell('history'),
  );
  const ownState = new OwnState(
    () => context,
    (conversations) => {
      if (!isStopped) views.touch(conversations);
    },
  );
  const { media } = platform;
  const attachments = new Attachments(
    () => context,
    media,
    media === undefined ? null : new LocalBlobs(media.files, provider, row.deviceId),
    (messages) => {
      if (!isStopped) views.progressed(messages);
    },
  );
  const serverClock = database.read((sql) => new ServerClock(clock, sql));
  const expiry = new Expiry(() => context);
  const calls = new Calls(
    () => context,
    (callId) => watchers.isHeld(callId),
    () => watchers.tell('calls'),
  );
  const groupCalls = new GroupCalls(
    () => context,
    (callId) => watchers.isHeld(callId),
    (changed) => {
      if (!isStopped) views.touchGroupCalls(changed);
    },
  );
  const keyPackages = new KeyPackages(() => context);
  const presence = new Presence((accounts) => {
    if (!isStopped) views.touchPeers(accounts);
  });
  const typing = new Typing(
    () => context,
    (conversation) => {
      if (!isStopped) views.touch([conversation]);
    },
  );
  const views = new Views(
    () => ({
      self,
      database,
      directory,
      groups,
      isOnline: (account) => presence.isOnline(account),
      typingBy: (conversation) => typing.typingBy(conversation),
      now: () => clock.now(),
      serverNow: () => serverClock.nowMs(),
      lostUntilMs: (callId) => calls.lostUntilMs(callId),
      groupCalls,
      provider,
      transferOf: (sql, attachment) => attachments.transferOf(sql, attachment),
      isPostQuantum: (suite) => suite === suiteIds.hybridChaCha20,
    }),
    watchers,
  );
  const context: DeviceContext = {
    clock,
    provider,
    tuning: platform.tuning ?? {},
    self,
    database,
    credentials: new CredentialCache(),
    steps,
    connection,
    directory,
    groups,
    sync,
    history,
    keyPackages,
    ownState,
    attachments,
    serverClock,
    calls,
    groupCalls,
    caught: (error) => {
      if (!(error instanceof DeviceStopped)) platform.fault?.(error);
    },
    isOpen: (conversation) => watchers.isWatched(conversation),
    wake: (key) => work.wake(key),
    checkDevices: (key) => checkDevices([{ key }]),
    wakeAfterInboxRead: (key, inboxRead) => {
      work.notes(key).joinAfterInboxRead = inboxRead;
      work.wake(key);
    },
  };

  /** In the order in which a new device needs it: who could add it to a conversation finds its packages. */
  const ready = async (response: AuthenticateResponse): Promise<void> => {
    try {
      await expiry.hearTime(clampTime(response.serverTimeMs));
      calls.wake();
      groupCalls.wake();
      if (!isEnrolled) {
        await steps.run((step) => step.commit((sql) => setDeviceState(sql, 'enrolled')));
        isEnrolled = true;
      }
      ownState.start();
      attachments.connected();
      const before = await directory.chain(self.accountId);
      if (response.keyPackages === 0) await keyPackages.publish(0, firstKeyPackages);
      await sync.start();
      // What there is to show comes before filling the pool.
      await history.restored;
      await keyPackages.publish(response.keyPackages === 0 ? firstKeyPackages : response.keyPackages);
      await checkOwnChain(directory.fetchOnce(self.accountId));
      await settleOwnDevice(context, platform.system ?? '');
      // There may be a newer key for the account's items.
      ownState.wake();
      const now = await directory.chain(self.accountId);
      // Who was dropped while nobody of the account was there is still in the groups.
      if (now?.seq !== before?.seq) checkDevices(database.read(listConversations));
      else await checkLeftDevices();
    } catch (error) {
      context.caught(error);
    }
  };

  const checkDevices = (rows: readonly Pick<ConversationRow, 'key'>[]): void => {
    for (const { key } of rows) {
      work.notes(key).checkDevices = 'now';
      work.wake(key);
    }
  };

  /** Takes up what a crash or another device left: own devices that are in groups and no longer in the chain. */
  const checkLeftDevices = async (): Promise<void> => {
    const chain = await directory.chain(self.accountId);
    const removals = chain?.events.map(({ operation }) => operation === ChainOperation.REMOVE_DEVICE);
    const lastSeq = removals?.lastIndexOf(true) ?? -1;
    if (lastSeq >= 0) {
      checkDevices(database.read((sql) => conversationsCheckedBefore(sql, lastSeq)).map((key) => ({ key })));
    }
  };

  /** Members' chains may have grown while this device was away; what it learns it acts on when it next commits. */
  const checkOwnChain = async (asked: Promise<AccountLookup>): Promise<void> => {
    const own = await asked;
    if (own.kind === 'known' && !own.chain.devices.has(self.deviceId)) await refused('deviceRemoved');
  };

  const refused = async (reason: 'deviceRemoved' | 'accountClosed' | 'anotherOwner'): Promise<void> => {
    if (reason !== 'anotherOwner' && isEnrolled && !isStopped) {
      const state = reason === 'deviceRemoved' ? 'removed' : 'closed';
      await steps.run((step) => step.commit((sql) => setDeviceState(sql, state))).catch(() => undefined);
    }
    end(reason);
  };

  const chainChanged = async (accountId: AccountId): Promise<void> => {
    try {
      if (accountId === self.accountId) {
        await checkOwnChain(directory.fetch(accountId));
        await settleOwnDevice(context, platform.system ?? '');
        ownState.wake();
      } else if (directory.account(accountId) === null) return;
      else if ((await directory.fetch(accountId)).kind !== 'known') return;
      const rows = database.read((sql) =>
        accountId === self.accountId ? listConversations(sql) : conversationsWithMember(sql, accountId),
      );
      checkDevices(rows);
      sync.reopen();
    } catch (error) {
      context.caught(error);
    }
  };

  const receive = (push: Push): void => {
    if (isStopped) return;
    switch (push.kind.case) {
      case 'entries':
        sync.push(push.kind.value);
        return;
      case 'signal':
        typing.receive(push.kind.value).catch(context.caught);
        return;
      case 'presence': {
        const account = idFromBytes<AccountId>(push.kind.value.accountId);
        if (account !== null) presence.set(account, push.kind.value.online);
        return;
      }
      case 'keyPackagesLow':
        keyPackages.publish(push.kind.value.remaining).catch(context.caught);
        return;
      case 'chainChanged': {
        const account = idFromBytes<AccountId>(push.kind.value.accountId);
        if (account !== null) void chainChanged(account);
        return;
      }
      case 'accountItems':
        ownState.told(push.kind.value.version);
        return;
      case 'accountReplaced':
        noteReplaced(context, [push.kind.value]).catch(context.caught);
        return;
      case 'joinRequest': {
        const log = idFromBytes<ConversationId>(push.kind.value.conversationId);
        const row = log === null ? null : database.read((sql) => findConversationByLog(sql, log));
        if (row === null) return;
        work.notes(row.key).readRequests = true;
        work.wake(row.key);
        return;
      }
      case 'joinRefused': {
        const log = idFromBytes<ConversationId>(push.kind.value.conversationId);
        if (log !== null) noteRefusal(context, log).catch(context.caught);
        return;
      }
      case 'conversationCreated':
        sync.relist().catch(context.caught);
        return;
      case 'callRooms':
        groupCalls.receiveRooms(push.kind.value);
        return;
      case 'callSeatEvent':
        groupCalls.receiveEvent(push.kind.value);
        return;
      case undefined:
        return;
    }
  };

  attachments.start().catch(context.caught);
  expiry.start();
  calls.wake();
  groupCalls.wake();
  views.load();
  connection.start();
  return {
    row,
    context,
    views,
    typing,
    hurry: () => {
      expiry.wake();
      calls.wake();
      groupCalls.wake();
      connection.hurry();
    },
    stop: async () => {
      isStopped = true;
      halt();
      await steps.stop();
      groups.eraseAll();
    },
  };
}

import type { CredentialCache, CryptoContext, Provider, Self } from '@sotto/crypto';
import type { ConversationId } from '@sotto/protocol';
import type { Attachments } from '../attachments/attachments.ts';
import type { Calls } from '../calls/calls.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Directory } from '../directory/directory.ts';
import type { ServerClock } from '../disappearing/serverClock.ts';
import type { GroupCalls } from '../groupCalls/groupCalls.ts';
import type { OpenGroups } from '../groups/openGroups.ts';
import type { History } from '../history/history.ts';
import type { KeyPackages } from '../keyPackages/keyPackages.ts';
import type { OwnState } from '../ownState/ownState.ts';
import type { ClientDatabase, Clock, Tuning } from '../ports.ts';
import type { Sync } from '../sync/sync.ts';
import type { Steps } from './steps.ts';

/** What the parts of one running device share. */
export interface DeviceContext {
  readonly clock: Clock;
  readonly provider: Provider;
  readonly tuning: Tuning;
  readonly self: Self;
  readonly database: ClientDatabase;
  readonly credentials: CredentialCache;
  readonly steps: Steps;
  readonly connection: Connection;
  readonly directory: Directory;
  readonly groups: OpenGroups;
  readonly sync: Sync;
  readonly history: History;
  readonly keyPackages: KeyPackages;
  readonly ownState: OwnState;
  readonly attachments: Attachments;
  readonly serverClock: ServerClock;
  readonly calls: Calls;
  readonly groupCalls: GroupCalls;
  /** For errors caught at the end of a piece of work: anything but the device having stopped is a fault. */
  caught(error: unknown): void;
  /** Whether somebody looks at it. */
  isOpen(conversation: ConversationId): boolean;
  /** Something may be to do for this conversation: see conversations/conversationWork.ts. */
  wake(key: ConversationKey): void;
  /** Devices may be in its group that their accounts' chains do not list: before the next message they go. */
  checkDevices(key: ConversationKey): void;
  /** The same as `wake`, and no own join before the inbox has been read that often (`Sync.inboxReads`). */
  wakeAfterInboxRead(key: ConversationKey, inboxRead: number): void;
}

export function cryptoContext(device: DeviceContext): CryptoContext {
  return { provider: device.provider, nowMs: device.clock.now(), credentials: device.credentials };
}

/** 16 random bytes as an id. */
export function randomId<Id extends string>(provider: Provider): Id {
  return provider.randomBytes(16).toHex() as Id;
}

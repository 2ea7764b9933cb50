/** spec/push.md §Waking: devices that are not connected are told by their push service that there is something. */
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import type { OnlineDevices } from '../connection/onlineDevices.ts';
import type { TokenBuckets } from '../connection/tokenBuckets.ts';
import type { Counters } from '../counters.ts';
import type { Clock } from '../ports.ts';
import type { PushTarget, Store } from '../store/store.ts';
import type { PushSender } from './pushSender.ts';

/**
 * More are dropped: a device that comes back reads its logs whatever it was told. Of one account so few that its endpoints,
 * slow as they may be, keep nobody else from being woken.
 */
const maxUnderWay = 10_000;
const maxUnderWayOfAccount = 50;

export interface PushParts {
  readonly store: Store;
  readonly sender: PushSender;
  readonly online: OnlineDevices;
  readonly buckets: Readonly<Record<'pushesPerDevice' | 'pushesPerSenderAndDevice', TokenBuckets>>;
  readonly clock: Clock;
  readonly counters: Counters;
}

export class Pushes {
  readonly #parts: PushParts;
  #underWay = 0;
  readonly #underWayOf = new Map<AccountId, number>();

  constructor(parts: PushParts) {
    this.#parts = parts;
  }

  /** What browsers ask their push services with; empty where this server wakes nobody. */
  get key(): Uint8Array {
    return this.#parts.sender.key;
  }

  /** Wakes the devices of the conversation's other accounts. */
  async wake(conversationId: ConversationId, from: AccountId): Promise<void> {
    const { store, sender, online } = this.#parts;
    if (sender.key.length === 0) return;
    const targets = await store.listPushTargets(conversationId, from);
    const away = targets.filter(
      ({ deviceId }) => online.find(deviceId) === undefined && this.#mayTell(deviceId, from),
    );
    await Promise.all(away.map((target) => this.#send(target)));
  }

  /** What one account may not any more takes nothing from what the others may. */
  #mayTell(deviceId: DeviceId, from: AccountId): boolean {
    const { buckets, clock } = this.#parts;
    const nowMs = clock.nowMs();
    return (
      buckets.pushesPerSenderAndDevice.take(`${from} ${deviceId}`, 1, nowMs) === 0 &&
      buckets.pushesPerDevice.take(deviceId, 1, nowMs) === 0
    );
  }

  async #send(target: PushTarget): Promise<void> {
    const { store, sender, counters } = this.#parts;
    const ofAccount = this.#underWayOf.get(target.accountId) ?? 0;
    if (this.#underWay >= maxUnderWay || ofAccount >= maxUnderWayOfAccount) return;
    this.#underWay += 1;
    this.#underWayOf.set(target.accountId, ofAccount + 1);
    try {
      const sent = await sender.send(target.endpoint);
      if (sent === 'sent') counters.sentPushes += 1;
      else counters.failedPushes += 1;
      if (sent === 'gone') await store.clearPushTarget(target);
    } finally {
      this.#underWay -= 1;
      const left = (this.#underWayOf.get(target.accountId) ?? 1) - 1;
      if (left > 0) this.#underWayOf.set(target.accountId, left);
      else this.#underWayOf.delete(target.accountId);
    }
  }

  stop(): void {
    this.#parts.sender.stop();
  }
}

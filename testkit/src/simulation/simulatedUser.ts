/**
 * Who uses a device of the simulation: gives the engine commands through its public interface, again where that did not
 * work (the program was not running, the server could not be reached), until the device is gone.
 */
import { type AccountSecret, alwaysMuted, type Engine } from '@sotto/client';
import type { AccountId, DeviceId, TransactionId } from '@sotto/protocol';
import type { SentText } from '../checkers/observation.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { VirtualTime } from './virtualTime.ts';

/** A text on its way from the user to the engine. */
export interface OutgoingText {
  readonly messageId: TransactionId;
  readonly text: string;
  readonly peer: AccountId;
  /** Where the engine died before it answered: ask it again, under the same id, once it is back. */
  readonly repeat: boolean;
}

/** The device as its user has it. */
export interface UsedDevice {
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly time: VirtualTime;
  /** Lost, or removed from the account: nobody uses it again. */
  isGone(): boolean;
  /** The engine where it runs and the user is awake, with what ends when it does. */
  running(): { readonly engine: Engine; isAlive(): boolean } | null;
  note(what: string): void;
}

const retryMs = 700;

export class SimulatedUser {
  readonly sent: SentText[] = [];
  /** What the engine answered that no engine may. */
  readonly faults: string[] = [];
  /** Accounts with which history was turned off for good; null: all. */
  readonly historyOffWith = new Set<AccountId | null>();
  readonly #device: UsedDevice;

  constructor(device: UsedDevice) {
    this.#device = device;
  }

  /** Opens a conversation. */
  open(peer: AccountId): void {
    this.#untilDone(async (engine) => (await engine.api.openDirectConversation(peer)).kind === 'ok');
  }

  send(text: OutgoingText): void {
    let isGiven = false;
    this.#untilDone(async (engine) => {
      if (isGiven && !text.repeat) return true;
      const opened = await engine.api.openDirectConversation(text.peer);
      if (opened.kind === 'problem') return false;
      if (!isGiven) {
        isGiven = true;
        const { deviceId, accountId } = this.#device;
        this.sent.push({
          messageId: text.messageId,
          text: text.text,
          sender: deviceId,
          senderAccount: accountId,
          peerAccount: text.peer,
          promised: false,
          withoutHistory: this.historyOffWith.has(null) || this.historyOffWith.has(text.peer),
        });
      }
      const outcome = await engine.api.sendText(opened.value, text.text, text.messageId);
      if (outcome.kind === 'problem') {
        this.faults.push(`sendText answered ${outcome.problem.kind}`);
        return true;
      }
      const at = this.sent.findIndex((sent) => sent.messageId === text.messageId);
      this.sent[at] = { ...this.sent[at]!, promised: true };
      this.#device.note(`writes ${text.messageId.slice(0, 8)}`);
      return true;
    });
  }

  /** Looks at everything in the conversation with `peer`. */
  markRead(peer: AccountId): void {
    this.#untilDone(async (engine) => {
      const opened = await engine.api.openDirectConversation(peer);
      if (opened.kind === 'problem') return false;
      const { messages } = await engine.api.readMessages({ conversationId: opened.value, limit: 1 });
      const last = messages.at(-1);
      if (last === undefined) return true;
      this.#device.note(`reads up to ${last.order}`);
      await engine.api.markRead(opened.value, last.order);
      return true;
    });
  }

  /** In the conversation with `peer`; null: in all. `isLast`: nobody of the account turns it on again. */
  turnHistory(peer: AccountId | null, on: boolean, isLast: boolean): void {
    this.#untilDone(async (engine) => {
      if (peer === null) await engine.api.setAccountHistory(on);
      else {
        const opened = await engine.api.openDirectConversation(peer);
        if (opened.kind === 'problem') return false;
        await engine.api.setConversationHistory(opened.value, on);
      }
      this.#device.note(`turns history ${on ? 'on' : 'off'}`);
      if (isLast) this.historyOffWith.add(peer);
      return true;
    });
  }

  /** Archives, mutes or pins the conversation with `peer`, or the opposite. */
  keep(peer: AccountId, what: 'archive' | 'mute' | 'pin', on: boolean): void {
    this.#untilDone(async ({ api }) => {
      const opened = await api.openDirectConversation(peer);
      if (opened.kind === 'problem') return false;
      if (what === 'archive') await api.archiveConversation(opened.value, on);
      else if (what === 'pin') await api.pinConversation(opened.value, on);
      else await api.muteConversation(opened.value, on ? alwaysMuted : null);
      this.#device.note(`${on ? what : `no ${what}`}`);
      return true;
    });
  }

  type(peer: AccountId, random: SeededRandom): void {
    const active = random.chance(0.7);
    this.#untilDone(async (engine) => {
      const opened = await engine.api.openDirectConversation(peer);
      if (opened.kind === 'ok') await engine.api.setTyping(opened.value, active);
      return true;
    });
  }

  /** Takes another device out of the account. */
  revoke(deviceId: DeviceId, secret: AccountSecret): void {
    this.#device.note(`removes ${deviceId.slice(0, 8)}`);
    this.#untilDone(async (engine) => {
      const outcome = await engine.api.removeDevice({ deviceId, secret });
      if (outcome.kind === 'ok') return true;
      switch (outcome.problem.kind) {
        case 'unknownDevice':
        case 'deviceRemoved':
          return true;
        case 'offline':
        case 'unconfirmed':
        case 'tooManyTries':
          return false;
        case 'refused':
          if (['unavailable', 'login_expired', 'chain_stale'].includes(outcome.problem.code)) return false;
          break;
        default:
          break;
      }
      this.faults.push(`removeDevice answered ${JSON.stringify(outcome.problem)}`);
      return true;
    });
  }

  /** Tries `act` until it says that it is done, while the program runs. */
  #untilDone(act: (engine: Engine) => Promise<boolean>): void {
    const device = this.#device;
    const again = () => void device.time.schedule(retryMs, attempt);
    const attempt = () => {
      if (device.isGone()) return;
      const run = device.running();
      if (run === null) return again();
      let isAnswered = false;
      act(run.engine).then(
        (isDone) => {
          isAnswered = true;
          if (run.isAlive() && !isDone) again();
        },
        (error: unknown) => {
          isAnswered = true;
          // Commands fail when the engine has stopped; anything else is its fault.
          if (run.isAlive()) device.note(`a command failed: ${describeError(error)}`);
          again();
        },
      );
      const watchForDeath = () => {
        if (isAnswered) return;
        if (run.isAlive()) device.time.schedule(retryMs, watchForDeath);
        else again();
      };
      watchForDeath();
    };
    attempt();
  }
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Who uses a device of the simulation: gives the engine commands through its public interface, again where that did not
 * work (the program was not running, the server could not be reached), until the device is gone. Over 400 lines, because all
 * that a user does is repeated in the same way.
 */
import { type AccountSecret, alwaysMuted, type Engine, type MessageView } from '@sotto/client';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type { SentText } from '../checkers/observation.ts';
import type { Alteration } from './planAlterations.ts';
import type { GroupChange } from './planGroups.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { VirtualTime } from './virtualTime.ts';

/** Where a user is: a conversation with an account, or a group. */
export type UserPlace =
  | { readonly kind: 'direct'; readonly peer: AccountId }
  | { readonly kind: 'group'; readonly group: SimulatedGroup };
export interface SimulatedGroup {
  /** The server's log of it; null until it is there. */
  logId(): ConversationId | null;
  /** It was made: on its maker's device it is this conversation. */
  made(by: DeviceId, conversationId: ConversationId): void;
}
/** Where what is said comes from. */
interface Words {
  readonly random: SeededRandom;
  text(long: boolean): string;
}

/** A text on its way from the user to the engine. */
export interface OutgoingText {
  readonly messageId: TransactionId;
  readonly text: string;
  readonly place: UserPlace;
  /** After all changes have settled: whoever is in the conversation then gets it. */
  readonly isLast: boolean;
  /** To one of the newest messages. */
  readonly isAnswer?: boolean;
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
  /** As this device knows the conversation with that log; null: it does not. */
  conversationOf(logId: ConversationId): ConversationId | null;
}

/** The user looked at everything up to there; `doneMs`: the engine had stored it. By the device's own id of the conversation. */
export interface Look {
  readonly conversationId: ConversationId;
  readonly order: number;
  readonly askedMs: number;
  readonly doneMs: number | null;
}

const retryMs = 700;
/** Own messages that are not in the log have orders from here. */
const waitingOrder = 2 ** 40;
/** Somebody who is not in a group waits no longer for it. */
const groupTries = 20;
const emoji = ['👍', '❤️', '😂', '🎉'] as const;

export class SimulatedUser {
  readonly sent: SentText[] = [];
  /** What the engine answered that no engine may. */
  readonly faults: string[] = [];
  /** Accounts with which history was turned off for good; null: all. */
  readonly historyOffWith = new Set<AccountId | null>();
  /** What it looked at, and which timers it set, in order. By the device's own ids of conversations. */
  readonly looks: Look[] = [];
  readonly wishes: { readonly conversationId: ConversationId; readonly seconds: number }[] = [];
  /** What it set for new conversations, once that was stored, and when it first asked for each conversation. */
  readonly defaults: { readonly seconds: number; readonly doneMs: number }[] = [];
  readonly begun: { readonly conversationId: ConversationId; readonly askedMs: number }[] = [];
  readonly #askedMs = new Map<AccountId, number>();
  readonly #device: UsedDevice;

  constructor(device: UsedDevice) {
    this.#device = device;
  }

  /** Opens a conversation. */
  open(peer: AccountId): void {
    this.#untilDone(async (engine) => (await this.#openDirect(engine, peer)).kind === 'ok');
  }

  send(text: OutgoingText): void {
    let isGiven = false;
    const { place } = text;
    const enter = this.#entering(place);
    const peerAccount = place.kind === 'direct' ? place.peer : null;
    this.#untilDone(async (engine) => {
      if (isGiven && !text.repeat) return true;
      const opened = await enter(engine);
      if (typeof opened !== 'string') return opened === null;
      if (!isGiven) {
        isGiven = true;
        const { deviceId, accountId } = this.#device;
        this.sent.push({
          messageId: text.messageId,
          text: text.text,
          sender: deviceId,
          senderAccount: accountId,
          peerAccount,
          isLast: text.isLast,
          promised: false,
          edits: [],
          isDeleted: false,
          withoutHistory:
            peerAccount !== null && (this.historyOffWith.has(null) || this.historyOffWith.has(peerAccount)),
          wantedTimer:
            this.wishes.findLast(({ conversationId }) => conversationId === opened)?.seconds ?? null,
        });
      }
      const answered = text.isAnswer === true ? await newestText(engine.api, opened) : null;
      const outcome = await engine.api.sendMessage(
        opened,
        { text: text.text, ...(answered === null ? {} : { replyTo: answered.messageId }) },
        text.messageId,
      );
      if (outcome.kind === 'problem') {
        if (place.kind === 'group' && isOfGroup(outcome.problem.kind)) return true;
        this.faults.push(`sendMessage answered ${outcome.problem.kind}`);
        return true;
      }
      this.#change(text.messageId, () => ({ promised: true }));
      this.#device.note(`writes ${text.messageId.slice(0, 8)}`);
      return true;
    });
  }

  /** Does something to one of the newest messages. */
  alter(place: UserPlace, what: Alteration, words: Words): void {
    if (what === 'answer') {
      const messageId = words.random.bytes(16).toHex() as TransactionId;
      const text = { messageId, text: words.text(false), repeat: true, isLast: false, isAnswer: true };
      this.send({ ...text, place });
      return;
    }
    const enter = this.#entering(place);
    this.#untilDone(async ({ api }) => {
      const opened = await enter({ api });
      if (typeof opened !== 'string') return opened === null;
      const { messages } = await api.readMessages({ conversationId: opened, limit: 10 });
      const own = what === 'edit' || (what === 'delete' && words.random.chance(0.7));
      const choice = messages.filter(({ body, mine }) => body.kind === 'text' && (mine || !own));
      if (choice.length === 0) return true;
      const { messageId } = words.random.pick(choice);
      this.#device.note(`${what} ${messageId.slice(0, 8)}`);
      const outcome = await this.#alter(api, opened, messageId, what, words);
      const isExpected =
        outcome.kind === 'ok' || ['notAllowed', 'unknownMessage', 'ended'].includes(outcome.problem.kind);
      if (!isExpected) this.faults.push(`${what} answered ${JSON.stringify(outcome)}`);
      return true;
    });
  }

  #alter(
    api: Engine['api'],
    conversationId: ConversationId,
    messageId: MessageView['messageId'],
    what: Exclude<Alteration, 'answer'>,
    words: Words,
  ) {
    switch (what) {
      case 'react':
        return api.react(conversationId, messageId, words.random.pick(emoji));
      case 'unreact':
        return api.react(conversationId, messageId, null);
      case 'edit': {
        const text = words.text(false);
        this.#change(messageId, ({ edits }) => ({ edits: [...edits, text] }));
        return api.editMessage(conversationId, messageId, text, []);
      }
      case 'delete':
        this.#change(messageId, () => ({ isDeleted: true }));
        return api.deleteMessages(conversationId, [messageId], true);
      case 'pin':
        return api.pinMessage(conversationId, messageId, true);
      case 'unpin':
        return api.pinMessage(conversationId, messageId, false);
    }
  }

  createGroup(
    group: SimulatedGroup,
    members: { readonly memberIds: readonly AccountId[]; readonly sharesHistory: boolean },
    words: Words,
  ): void {
    let isGiven = false;
    const name = words.text(false);
    this.#untilDone(async ({ api }) => {
      // Who died over it looks whether it is there before making another.
      if (isGiven) return true;
      isGiven = true;
      const askedMs = this.#device.time.now();
      const made = await api.createGroup({ ...members, name, photo: new Uint8Array(0), description: '' });
      if (made.kind === 'problem') this.faults.push(`createGroup answered ${JSON.stringify(made.problem)}`);
      else {
        group.made(this.#device.deviceId, made.value);
        this.begun.push({ conversationId: made.value, askedMs });
      }
      this.#device.note('makes a group');
      return true;
    });
  }

  changeGroup(group: SimulatedGroup, what: GroupChange, whom: AccountId, words: Words): void {
    const enter = this.#entering({ kind: 'group', group });
    this.#untilDone(async ({ api }) => {
      const opened = await enter({ api });
      if (typeof opened !== 'string') return opened === null;
      this.#device.note(`${what} ${whom.slice(0, 8)}`);
      // Whether it is allowed, and still wanted, is the group's matter; that all agree on it is the checkers'.
      await this.#changeGroup(api, opened, what, whom, words);
      return true;
    });
  }

  #changeGroup(
    api: Engine['api'],
    conversationId: ConversationId,
    what: GroupChange,
    whom: AccountId,
    words: Words,
  ) {
    const { random } = words;
    switch (what) {
      case 'add':
        return api.addMembers(conversationId, [whom]);
      case 'remove':
        return api.removeMember(conversationId, whom);
      case 'promote':
        return api.setRole(conversationId, whom, 'admin');
      case 'demote':
        return api.setRole(conversationId, whom, 'member');
      case 'handOver':
        return api.setRole(conversationId, whom, 'owner');
      case 'rename':
        return api.editGroup(conversationId, { name: words.text(false) });
      case 'rights':
        return api.setGroupRights(conversationId, {
          addMembers: random.pick(['everyone', 'admins']),
          pin: random.pick(['everyone', 'admins']),
          editDetails: random.pick(['everyone', 'admins', 'owner']),
        });
      case 'sharesHistory':
        return api.setHistorySharing(conversationId, random.chance(0.5));
      case 'leave':
        return api.leaveGroup(conversationId, false);
    }
  }

  /** Looks at everything in a conversation. */
  markRead(place: UserPlace): void {
    const enter = this.#entering(place);
    this.#untilDone(async (engine) => {
      const opened = await enter(engine);
      if (typeof opened !== 'string') return opened === null;
      const { messages } = await engine.api.readMessages({ conversationId: opened, limit: 10 });
      const last = messages.at(-1);
      if (last === undefined) return true;
      this.#device.note(`reads up to ${last.order}`);
      // What waits to be sent stands behind all that is there.
      const order = messages.findLast((message) => message.order < waitingOrder)?.order ?? 0;
      const look = { conversationId: opened, order, askedMs: this.#device.time.now(), doneMs: null };
      const at = this.looks.push(look) - 1;
      await engine.api.markRead(opened, last.order);
      this.looks[at] = { ...look, doneMs: this.#device.time.now() };
      return true;
    });
  }

  setTimer(place: UserPlace, seconds: number): void {
    const enter = this.#entering(place);
    this.#untilDone(async ({ api }) => {
      const opened = await enter({ api });
      if (typeof opened !== 'string') return opened === null;
      const outcome = await api.setTimer(opened, seconds);
      if (outcome.kind === 'ok') {
        this.wishes.push({ conversationId: opened, seconds });
        this.#device.note(`sets the timer to ${seconds} s`);
      } else if (place.kind === 'direct' || !isOfGroup(outcome.problem.kind)) {
        this.faults.push(`setTimer answered ${outcome.problem.kind}`);
      }
      return true;
    });
  }

  setDefaultTimer(seconds: number): void {
    this.#untilDone(async ({ api }) => {
      if ((await api.setDefaultTimer(seconds)).kind !== 'ok') return false;
      this.defaults.push({ seconds, doneMs: this.#device.time.now() });
      this.#device.note(`sets the timer of new conversations to ${seconds} s`);
      return true;
    });
  }

  /** In the conversation with `peer`; null: in all. `isLast`: nobody of the account turns it on again. */
  turnHistory(peer: AccountId | null, on: boolean, isLast: boolean): void {
    this.#untilDone(async (engine) => {
      if (peer === null) await engine.api.setAccountHistory(on);
      else {
        const opened = await this.#openDirect(engine, peer);
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
      const opened = await this.#openDirect({ api }, peer);
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
      const opened = await this.#openDirect(engine, peer);
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

  async #openDirect({ api }: Pick<Engine, 'api'>, peer: AccountId) {
    const askedMs = this.#askedMs.get(peer) ?? this.#device.time.now();
    this.#askedMs.set(peer, askedMs);
    const opened = await api.openDirectConversation(peer);
    const isNew = opened.kind === 'ok' && !this.begun.some((one) => one.conversationId === opened.value);
    if (isNew) this.begun.push({ conversationId: opened.value, askedMs });
    return opened;
  }

  /** Notes more of a text that this device sent. */
  #change(messageId: TransactionId, more: (text: SentText) => Partial<SentText>): void {
    const at = this.sent.findIndex((sent) => sent.messageId === messageId);
    if (at >= 0) this.sent[at] = { ...this.sent[at]!, ...more(this.sent[at]!) };
  }

  /** Finds a conversation: its id, null where there is none to wait for, or undefined: not yet. */
  #entering(place: UserPlace): (engine: Pick<Engine, 'api'>) => Promise<ConversationId | null | undefined> {
    let tries = 0;
    return async ({ api }) => {
      if (place.kind === 'direct') {
        const opened = await this.#openDirect({ api }, place.peer);
        return opened.kind === 'ok' ? opened.value : undefined;
      }
      const logId = place.group.logId();
      const found = logId === null ? null : this.#device.conversationOf(logId);
      tries += 1;
      return found ?? (tries < groupTries ? undefined : null);
    };
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

async function newestText(api: Engine['api'], conversationId: ConversationId): Promise<MessageView | null> {
  const { messages } = await api.readMessages({ conversationId, limit: 5 });
  return messages.findLast(({ body }) => body.kind === 'text') ?? null;
}

/** What a group may answer to who writes in it. */
function isOfGroup(problem: string): boolean {
  return ['notAllowed', 'ended', 'unknownConversation'].includes(problem);
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

import { create, toBinary } from '@bufbuild/protobuf';
import { openSignal, sealSignal } from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
  SignalContentSchema,
  type SignalPush,
} from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { findConversation, findConversationByLog } from '../conversations/conversationTable.ts';
import { countMembers } from '../conversations/members.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';

/** Told again at most this often, and forgotten after `expiryMs` without. */
const repeatMs = 4_000;
const expiryMs = 6_000;
/** In larger groups nobody is told. */
const typingMembers = 50;

/**
 * Typing, by sealed signals that the server passes on and forgets. Nothing of it is stored; a signal that does not
 * open is dropped without a trace.
 */
export class Typing {
  readonly #device: () => DeviceContext;
  readonly #changed: (conversation: ConversationId) => void;
  readonly #sentAtMs = new Map<ConversationId, number>();
  readonly #typing = new Map<ConversationId, Map<AccountId, () => void>>();
  /** When the newest signal of a member's device was made: what is not newer is a repetition. */
  readonly #newestAtMs = new Map<string, number>();

  constructor(device: () => DeviceContext, changed: (conversation: ConversationId) => void) {
    this.#device = device;
    this.#changed = changed;
  }

  isTyping(conversation: ConversationId): boolean {
    return (this.#typing.get(conversation)?.size ?? 0) > 0;
  }

  /** Who is, the longest first. */
  typingBy(conversation: ConversationId): readonly AccountId[] {
    return [...(this.#typing.get(conversation)?.keys() ?? [])];
  }

  /** Tells the other members, where there is a connection. */
  async tell(conversation: ConversationId, active: boolean): Promise<void> {
    const device = this.#device();
    const sentAtMs = this.#sentAtMs.get(conversation);
    const nowMs = device.clock.now();
    if (active && sentAtMs !== undefined && Math.abs(nowMs - sentAtMs) < repeatMs) return;
    if (!active && sentAtMs === undefined) return;
    const row = device.database.read((sql) => findConversation(sql, conversation));
    if (row === null || row.logId === null || row.state !== 'ready' || row.broken) return;
    if (!device.connection.isReady) return;
    const members = device.database.read((sql) => countMembers(sql, device.self.accountId, row));
    if (members < 2 || members > typingMembers) return;
    if (active) this.#sentAtMs.set(conversation, nowMs);
    else this.#sentAtMs.delete(conversation);
    const sealed = await device.steps.run(async (step) => {
      const group = step.read((sql) => device.groups.get(sql, row.key));
      if (group === null) return null;
      const content = create(SignalContentSchema, { kind: { case: 'typing', value: { active } } });
      const payload = await sealSignal(
        cryptoContext(device),
        group,
        device.self,
        toBinary(SignalContentSchema, content),
      );
      return { payload, epoch: group.epoch };
    });
    if (sealed === null) return;
    // Lost or refused: the next one says it again.
    void device.connection.call(Methods.method.signal, { conversationId: idToBytes(row.logId), ...sealed });
  }

  /** The own message is sent: whoever reads it need not be told that typing ended. */
  sent(conversation: ConversationId): void {
    this.#sentAtMs.delete(conversation);
  }

  async receive(push: SignalPush): Promise<void> {
    const device = this.#device();
    const logId = idFromBytes<ConversationId>(push.conversationId);
    const accountId = idFromBytes<AccountId>(push.senderAccount);
    const deviceId = idFromBytes<DeviceId>(push.senderDevice);
    if (logId === null || accountId === null || deviceId === null) return;
    if (push.payload.length > limits.signalSizeBytes || accountId === device.self.accountId) return;
    const opened = await device.steps.run(async (step) => {
      const found = step.read((sql) => {
        const row = findConversationByLog(sql, logId);
        return row === null ? null : { row, group: device.groups.get(sql, row.key) };
      });
      if (found?.group == null || found.row.state !== 'ready') return null;
      const signal = await openSignal(cryptoContext(device), found.group, {
        payload: push.payload,
        sender: { accountId, deviceId },
      });
      return signal.kind === 'signal' ? { signal, row: found.row } : null;
    });
    if (opened === null) return;
    const content = decodeMessage(SignalContentSchema, opened.signal.content);
    if (content?.kind.case !== 'typing') return;
    const { sentAtMs } = opened.signal;
    if (Math.abs(device.clock.now() - sentAtMs) > staleSignalMs) return;
    const source = `${logId}/${deviceId}`;
    if (sentAtMs <= (this.#newestAtMs.get(source) ?? -1)) return;
    this.#newestAtMs.set(source, sentAtMs);
    this.#set(opened.row.conversationId, accountId, content.kind.value.active);
  }

  /** A message of this account came: it is no longer being typed. */
  received(conversation: ConversationId, account: AccountId): void {
    if (this.isTyping(conversation)) this.#set(conversation, account, false);
  }

  clear(): void {
    for (const [conversation, accounts] of this.#typing) {
      for (const stop of accounts.values()) stop();
      accounts.clear();
      this.#changed(conversation);
    }
    this.#typing.clear();
    this.#sentAtMs.clear();
  }

  #set(conversation: ConversationId, account: AccountId, active: boolean): void {
    const accounts = this.#typing.get(conversation) ?? new Map<AccountId, () => void>();
    const before = [...accounts.keys()].join();
    accounts.get(account)?.();
    if (!active) accounts.delete(account);
    else {
      const stop = this.#device().clock.schedule(expiryMs, () => this.#set(conversation, account, false));
      accounts.set(account, stop);
    }
    this.#typing.set(conversation, accounts);
    if (before !== [...accounts.keys()].join()) this.#changed(conversation);
  }
}

/** Clocks differ; a signal of another hour is a replay. */
const staleSignalMs = 3_600_000;

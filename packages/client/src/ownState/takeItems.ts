/**
 * Takes the account's items as the server gives them (spec/history.md, "Account items"). Invariant: whatever it gives
 * (old items, another's, garbage, some left out), nothing that is known here is lost, and what is here and not there
 * is put there again.
 */
import { accountItemSlot, openAccountItem } from '@sotto/crypto';
import { type AccountItem, idSizeBytes, limits } from '@sotto/protocol';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import { findConversationByLog } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { compareKeyring } from '../history/keyringHead.ts';
import { applyMark } from '../marks/applyMark.ts';
import { decodeMark, type MessageMark, markPlace } from '../marks/messageMark.ts';
import { mergeMark } from '../marks/messageMarkTable.ts';
import { wakeForHistory } from '../policy/historyChoice.ts';
import type { Sql } from '../ports.ts';
import { showReceiptChoice } from '../receipts/receiptChoice.ts';
import { decodePackItem, type PackItem, packPlace } from '../stickers/packItem.ts';
import { mergePackItem } from '../stickers/packTable.ts';
import { applyOwnState, memberPositions } from './applyOwnState.ts';
import {
  type ConversationState,
  decodeItem,
  mergeStates,
  noState,
  saysTheSame,
} from './conversationState.ts';
import { findOwnItem, movePlaces, type OwnPlace, setItemsVersion, storeOwnItem } from './ownStateTable.ts';
import { deleteUnopenedItem, insertUnopenedItem } from './unopenedItemTable.ts';

/** Where this device and the server differ, it says so soon. */
const differsDelayMs = 1_000;
/** So far a device's clock may be ahead for its changes to be taken also under an earlier key: ten years. */
const farAheadMs = 10 * 365 * 86_400_000;
/** What nothing here opens may be of a key that is on its way. */
const unopenedDelayMs = 10_000;

interface ReceivedItem {
  readonly slot: Uint8Array;
  readonly sealed: Uint8Array;
  readonly version: number;
}

interface OpenedItem extends ReceivedItem {
  readonly place: OwnPlace;
  readonly state: ConversationState;
  /** Of a message, of which `state` says nothing. */
  readonly mark: MessageMark | null;
  /** The same of a sticker pack. */
  readonly pack: PackItem | null;
  readonly keyNumber: number;
}

/** Those that can be items, in order: of versions above `afterVersion` and up to `version`. */
export function soundItems(
  items: readonly AccountItem[],
  afterVersion: number,
  version: number,
): ReceivedItem[] {
  const sound: ReceivedItem[] = [];
  let last = afterVersion;
  for (const item of items) {
    if (item.version <= BigInt(last) || item.version > BigInt(version)) break;
    last = Number(item.version);
    const isSound = item.slot.length === idSizeBytes && item.sealed.length <= limits.accountItemSizeBytes;
    if (isSound) sound.push({ slot: item.slot, sealed: item.sealed, version: last });
  }
  return sound;
}

/**
 * One step: merges these, and everything up to `throughVersion` counts as read. `isFirst`: this device compares all of
 * the account's items with what it has, which may be nothing.
 */
export async function takeItems(
  device: DeviceContext,
  items: readonly ReceivedItem[],
  throughVersion: number,
  isFirst: boolean,
): Promise<void> {
  await device.steps.run(async (step) => {
    const keys = step.read(readHistoryKeys);
    const nowMs = device.clock.now();
    const opened: OpenedItem[] = [];
    const unopened: ReceivedItem[] = [];
    for (const item of items) {
      const one = open(device, keys, item);
      // Whoever was taken out of the account has its earlier keys. A device that knows the newest takes no more from
      // those than it found when it came.
      const isEarlier = one !== null && one.keyNumber < keys.length;
      if (one === null || (isEarlier && (!isFirst || isFarAhead(one, nowMs)))) unopened.push(item);
      else opened.push(one);
    }
    await step.commit((sql, changes) => {
      movePlaces(sql);
      for (const { state } of opened) compareKeyring(sql, state.keyring, nowMs);
      for (const item of opened) merge(device, sql, changes, item, nowMs);
      noteUnopened(device, sql, keys, unopened, nowMs);
      setItemsVersion(sql, throughVersion);
      if (opened.some(({ state }) => state.history.changedAtMs > 0)) changes.historyChoice();
      if (opened.some(({ state }) => state.receipts.changedAtMs > 0)) showReceiptChoice(sql, changes);
    });
    const chosen = opened.filter(({ state }) => state.history.changedAtMs > 0);
    device.sync.checkKeyring().catch(device.caught);
    wakeForHistory(device, step, new Set(chosen.map(({ place }) => place)));
  });
}

/** A removed device could say of a change that it is of the end of time: nobody could undo it ever after. */
function isFarAhead({ state, mark, pack }: OpenedItem, nowMs: number): boolean {
  const { archived, muted, pinned, history, forgotten, draft, receipts, unread } = state;
  const changes = [archived, muted, pinned, history, forgotten, draft, receipts, unread];
  const times = [...changes, ...(pack === null ? [] : [pack])].map(({ changedAtMs }) => changedAtMs);
  const newestMs = Math.max(...times, mark?.starChangedMs ?? 0);
  return newestMs > nowMs + farAheadMs;
}

function open(device: DeviceContext, keys: readonly Uint8Array[], item: ReceivedItem): OpenedItem | null {
  const { provider } = device;
  const place = { accountId: device.self.accountId, slot: item.slot };
  const first = keys.at(-1);
  for (const [index, key] of keys.entries()) {
    const plaintext = openAccountItem(provider, [key], place, item.sealed);
    if (plaintext === null || first === undefined) continue;
    const decoded = decode(device, plaintext);
    if (decoded === null) return null;
    // Its own slot and no other's, so that there is one item of each conversation.
    if (accountItemSlot(provider, first, decoded.place).toHex() !== item.slot.toHex()) return null;
    return { ...item, ...decoded, keyNumber: keys.length - index };
  }
  return null;
}

function decode(
  { provider }: DeviceContext,
  plaintext: Uint8Array,
): Pick<OpenedItem, 'place' | 'state' | 'mark' | 'pack'> | null {
  const mark = decodeMark(plaintext);
  if (mark !== null) return { place: markPlace(provider, mark), state: noState, mark, pack: null };
  const pack = decodePackItem(plaintext);
  if (pack !== null) return { place: packPlace(provider, pack.link), state: noState, mark: null, pack };
  const item = decodeItem(plaintext);
  return item === null ? null : { place: item.logId, state: item.state, mark: null, pack: null };
}

/** What the account says of a message; whether the server lacks some of it. */
function mergeMessageMark(sql: Sql, changes: Changes, place: OwnPlace, mark: MessageMark): boolean {
  const merged = mergeMark(sql, place, mark);
  applyMark(sql, changes, merged);
  return JSON.stringify(merged) !== JSON.stringify(mark);
}

/** Whether the server lacks some of it. */
function mergePack(sql: Sql, place: OwnPlace, pack: PackItem): boolean {
  const merged = mergePackItem(sql, place, pack);
  return merged.changedAtMs !== pack.changedAtMs || merged.installed !== pack.installed;
}

function merge(device: DeviceContext, sql: Sql, changes: Changes, item: OpenedItem, nowMs: number): void {
  const { accountId: self } = device.self;
  const { place, mark, pack } = item;
  const present = findOwnItem(sql, place);
  const row = mark === null && pack === null ? findConversationByLog(sql, place) : null;
  const here = mergeStates(present?.state ?? noState, {
    ...noState,
    members: row === null ? [] : memberPositions(sql, self, row),
  });
  const state = mergeStates(here, item.state);
  const lacksMark = mark !== null && mergeMessageMark(sql, changes, place, mark);
  const lacksPack = pack !== null && mergePack(sql, place, pack);
  storeOwnItem(sql, {
    place,
    state,
    version: item.version,
    keyNumber: item.keyNumber,
    change: present?.change ?? 0,
    dueAtMs:
      lacksMark || lacksPack
        ? nowMs + differsDelayMs
        : dueAfter(state, item.state, present?.dueAtMs ?? null, nowMs),
  });
  deleteUnopenedItem(sql, item.slot.toHex());
  if (row !== null) applyOwnState(device, sql, changes, row, state);
}

/** When what is here is to be put: never where the server has all of it, soon where it lacks what somebody did. */
function dueAfter(
  here: ConversationState,
  there: ConversationState,
  dueAtMs: number | null,
  nowMs: number,
): number | null {
  if (!saysTheSame(here, there)) return Math.min(dueAtMs ?? nowMs + differsDelayMs, nowMs + differsDelayMs);
  return JSON.stringify(here.members) === JSON.stringify(there.members) ? null : dueAtMs;
}

/** What stands in the place of an item that this device has goes again; the rest is only remembered. */
function noteUnopened(
  device: DeviceContext,
  sql: Sql,
  keys: readonly Uint8Array[],
  unopened: readonly ReceivedItem[],
  nowMs: number,
): void {
  const first = keys.at(-1);
  if (unopened.length === 0 || first === undefined) return;
  const versions = new Map(unopened.map(({ slot, version }) => [slot.toHex(), version]));
  for (const [slot, version] of versions) insertUnopenedItem(sql, slot, version);
  for (const { place } of sql.all('SELECT place FROM own_item')) {
    const slot = accountItemSlot(device.provider, first, place as OwnPlace).toHex();
    const version = versions.get(slot);
    const item = findOwnItem(sql, place as OwnPlace);
    if (version === undefined || item === null) continue;
    storeOwnItem(sql, { ...item, version, dueAtMs: item.dueAtMs ?? nowMs + unopenedDelayMs });
  }
}

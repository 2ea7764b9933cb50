import {
  type AccountId,
  actionOf,
  type ConversationId,
  idToBytes,
  LogKind,
  Connection as Methods,
} from '@sotto/protocol';
import { type ConversationKey, conversationByKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { leastHead, raiseShortened } from '../integrity/leastHead.ts';
import { seqOf } from '../sync/entry.ts';
import { setFirstSeq } from './firstSeq.ts';
import { type ReceivedPage, storePages } from './storePage.ts';

export interface PageWanted {
  readonly key: ConversationKey;
  readonly logId: ConversationId;
  /** Null: from the newest. */
  readonly beforeSeq: number | null;
  readonly limit: number;
}

/** `nothing`: none of the pages is to be had. `offline`: not now; after `retryAfterMs`, or on the next connection. */
export type PagesRead =
  | { readonly kind: 'stored' | 'nothing' }
  | { readonly kind: 'offline'; readonly retryAfterMs: number | null };

const retryDelayMs = 1000;

/** Reads pages of logs, one of each conversation, and stores what they show (spec/history.md §Reading back). */
export async function readPages(device: DeviceContext, wanted: readonly PageWanted[]): Promise<PagesRead> {
  const least = device.database.read((sql) => wanted.map(({ key }) => leastHead(sql, key)));
  const result = await device.connection.call(Methods.method.readLog, {
    logs: wanted.map(({ logId, beforeSeq, limit }) => ({
      log: { kind: LogKind.CONVERSATION, id: idToBytes(logId) },
      beforeSeq: BigInt(beforeSeq ?? 0),
      limit,
    })),
  });
  if (result.kind === 'lost') return { kind: 'offline', retryAfterMs: null };
  if (result.kind === 'error') {
    if (actionOf(result.error) === 'retry') {
      return { kind: 'offline', retryAfterMs: Math.max(result.error.retryAfterMs ?? 0, retryDelayMs) };
    }
    // One of them is not to be had: each by itself.
    if (wanted.length === 1) return { kind: 'nothing' };
    const each = await Promise.all(wanted.map((one) => readPages(device, [one])));
    return { kind: each.some(({ kind }) => kind === 'stored') ? 'stored' : 'nothing' };
  }
  const moved: { readonly key: ConversationKey; readonly firstSeq: number }[] = [];
  const firstSeqs = device.database.read((sql) =>
    wanted.map(({ key }) => conversationByKey(sql, key)?.firstSeq),
  );
  const pages = wanted.flatMap(({ key, logId, beforeSeq }, index): ReceivedPage[] => {
    const page = result.value.pages[index];
    const head = page === undefined ? null : seqOf(page.headSeq);
    if ((head ?? 0) < (least[index] ?? 0)) {
      void raiseShortened(device, key, head ?? 0).catch((error) => device.caught(error));
    }
    if (page === undefined || head === null) return [];
    const firstSeq = seqOf(page.firstSeq);
    if (firstSeq !== null && firstSeq !== firstSeqs[index]) moved.push({ key, firstSeq });
    return [{ key, logId, beforeSeq: beforeSeq ?? head + 1, entries: page.entries }];
  });
  if (moved.length > 0) {
    await device.steps.run((step) =>
      step.commit((sql) => {
        for (const { key, firstSeq } of moved) setFirstSeq(sql, key, firstSeq);
      }),
    );
  }
  return { kind: (await store(device, pages)) ? 'stored' : 'nothing' };
}

/** Whether any of the pages is here now. */
async function store(device: DeviceContext, pages: readonly ReceivedPage[]): Promise<boolean> {
  const settled = new Set<AccountId>();
  let hasStored = false;
  for (let left = pages; left.length > 0; ) {
    const { stored, waiting, wanted } = await storePages(device, left, settled);
    hasStored ||= stored.size > 0;
    left = left.filter(({ key }) => waiting.has(key));
    if (left.length > 0 && !(await device.directory.refresh(wanted))) break;
    for (const account of wanted) settled.add(account);
  }
  return hasStored;
}

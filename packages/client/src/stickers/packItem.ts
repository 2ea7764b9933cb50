/**
 * What an account's devices tell each other of one sticker pack: whether the account has it (spec/history.md, "Account items").
 * Invariant: merging is commutative, associative and idempotent.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Provider } from '@sotto/crypto';
import { type ConversationId, OwnItemSchema } from '@sotto/protocol';
import { alwaysMuted } from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { parsePackLink } from './packLink.ts';

export interface PackItem {
  readonly link: string;
  /** Hybrid time of the last change. */
  readonly changedAtMs: number;
  readonly installed: boolean;
}

const placeSizeBytes = 16;

/** Of two of the same pack. */
export function mergePackItems(a: PackItem, b: PackItem): PackItem {
  if (a.changedAtMs !== b.changedAtMs) return a.changedAtMs > b.changedAtMs ? a : b;
  return a.installed ? a : b;
}

/** Stands for the pack where items are told apart by conversation: there is one item of each pack. */
export function packPlace(provider: Pick<Provider, 'sha256'>, link: string): ConversationId {
  const named = new TextEncoder().encode(link);
  return provider.sha256(named).slice(0, placeSizeBytes).toHex() as ConversationId;
}

export function encodePackItem({ link, changedAtMs, installed }: PackItem): Uint8Array {
  const value = { link, changedAtMs: BigInt(changedAtMs), installed };
  return toBinary(OwnItemSchema, create(OwnItemSchema, { kind: { case: 'stickerPack', value } }));
}

/** Null where it is none, or holds what cannot be. */
export function decodePackItem(bytes: Uint8Array): PackItem | null {
  const kind = decodeMessage(OwnItemSchema, bytes)?.kind;
  if (kind?.case !== 'stickerPack') return null;
  const { link, changedAtMs, installed } = kind.value;
  if (parsePackLink(link) === null || changedAtMs > BigInt(alwaysMuted)) return null;
  return { link, changedAtMs: Number(changedAtMs), installed };
}

/** What the server and the relay's process tell each other over IPC; of rooms, in frames as other machines get them. */
import type { Listening } from '../net/relay.ts';
import type { RelayCounters } from '../turn/counters.ts';

export type ParentMessage =
  | StartMessage
  /** A message of the server about rooms (`controlMessage.ts`). */
  | { readonly kind: 'control'; readonly frame: Uint8Array };

export interface StartMessage {
  readonly kind: 'start';
  readonly secret: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly bytesPerSecond: number;
}

export type RelayMessage =
  /** `instance` is this run of it, as tickets name it. */
  | ({ readonly kind: 'listening'; readonly instance: string } & Listening)
  /** It listens nowhere, and ends. */
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'counters'; readonly counters: RelayCounters }
  | { readonly kind: 'control'; readonly frame: Uint8Array };

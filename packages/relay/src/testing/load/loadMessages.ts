/** What a bench and its process of synthetic participants say to each other. */
import type { PeerFacts, PeerRemote } from './loadPeer.ts';
import type { ParticipantOptions } from './participant.ts';
import type { StreamSpec } from './syntheticStream.ts';

export interface LoadCommands {
  /** More participants; what they say of themselves. */
  open(asked: { readonly count: number } & ParticipantOptions): Promise<readonly PeerFacts[]>;
  connect(asked: { readonly at: number; readonly remote: PeerRemote }): Promise<void>;
  /** Without ICE and DTLS; `key` (28 bytes, hexadecimal) seals, null: nothing does. */
  connectBare(asked: {
    readonly at: number;
    readonly host: string;
    readonly port: number;
    readonly key: string | null;
  }): Promise<void>;
  publish(asked: { readonly at: number; readonly streams: readonly StreamSpec[] }): Promise<void>;
  /** Begins sending where it has not begun. */
  start(asked: { readonly at: readonly number[] }): Promise<void>;
  measure(asked: { readonly durationMs: number }): Promise<LoadMeasure>;
  /** How long ago, by this process's clock, the first key frame came; null: none within the time. */
  firstKeyFrame(asked: { readonly at: number; readonly withinMs: number }): Promise<number | null>;
  close(asked: { readonly at: readonly number[] }): Promise<void>;
}

export interface LoadMeasure {
  readonly durationMs: number;
  readonly sentPackets: number;
  readonly receivedPackets: number;
  readonly repairedPackets: number;
  readonly keyFrameRequests: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** Of the process of the participants. */
  readonly cpuMs: number;
}

export interface LoadRequest {
  readonly id: number;
  readonly command: keyof LoadCommands;
  readonly asked: unknown;
}

export type LoadAnswer =
  | { readonly id: number; readonly kind: 'done'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

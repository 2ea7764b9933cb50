/** `gone`: the push service knows the device no more. */
export type PushSent = 'sent' | 'gone' | 'failed';

/** How a push leaves the server. */
export interface PushSender {
  /** The server's public key for Web Push; empty: none, and nothing is sent. */
  readonly key: Uint8Array;
  send(endpoint: string): Promise<PushSent>;
  stop(): void;
}

export const noPushes: PushSender = {
  key: new Uint8Array(),
  send: async () => 'failed',
  stop() {},
};

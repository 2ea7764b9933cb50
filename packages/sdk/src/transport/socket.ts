/** One WebSocket as a platform opens it. After `close` it reports nothing more. */
interface Socket {
  send(bytes: Uint8Array): void;
  close(): void;
}

interface SocketEvents {
  open(): void;
  /** A binary frame of at most `limits.serverFrameSizeBytes`. */
  frame(bytes: Uint8Array): void;
  /**
   * The connection could not be opened, was closed, or broke the rules above. Called at most once, with the peer's
   * close code where it gave one.
   */
  closed(code: number | null): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;

/**
 * What the delivery service needs from outside, so that it runs unchanged under real and under virtual time.
 * Nothing in the core reads a clock, sets a timer or draws random numbers except through these.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Runs `run` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, run: () => void): () => void;
  /** Runs `run` after the input that is already there was handled: what is written until then shares a commit. */
  defer(run: () => void): void;
}

export interface Random {
  bytes(sizeBytes: number): Uint8Array;
}

export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Structured log without user data: an event name and fields that name nobody. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** The socket of one client, as the core sees it. */
export interface Peer {
  /** The host by which it reached the server, as in a URL; left out where that is not known. */
  readonly host?: string;
  send(frame: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Bytes given to `send` that have not left yet. */
  bufferedBytes(): number;
}

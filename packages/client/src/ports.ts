import type { Provider, SuiteId } from '@sotto/crypto';
import type { AccountId, DeviceId, SignInMethod, WireError } from '@sotto/protocol';

/**
 * What a platform gives the engine: time, storage, transport and cryptography. The engine has no I/O of its
 * own (design: "Sans-I/O"), so a simulator can run hundreds of devices in one process from one seed. See
 * spec/client.md.
 */
export interface Platform {
  readonly clock: Clock;
  readonly provider: Provider;
  readonly transport: ServerTransport;
  readonly databases: DeviceDatabases;
  /** Left out (simulators): files can be neither sent nor fetched. */
  readonly media?: { readonly files: LocalFiles; readonly blobs: BlobTransport };
  /** Browser and system as users know them ("Firefox on Linux"); left out: unknown. */
  readonly system?: string;
  /** Told of errors that no input should cause (a fault in this program); the engine goes on without what it did. */
  readonly fault?: (error: unknown) => void;
  readonly tuning?: Tuning;
}

/** For measuring and simulating; a device in use leaves all of it out. */
export interface Tuning {
  /** Cipher suite of KeyPackages and new conversations. Default: the post-quantum hybrid. */
  readonly suite?: SuiteId;
  /** KeyPackages kept at the server. Default: `limits.keyPackagesPerDevice`. */
  readonly keyPackages?: number;
  /** Entries that logs are behind from which on they are taken over their commits alone: all of them, and each. */
  readonly farEntries?: { readonly inAll: number; readonly inOne: number };
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `run` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, run: () => void): () => void;
}

export type SqlValue = null | number | bigint | string | Uint8Array;
/** Integers come as numbers: the schema holds none beyond 2^53. Byte strings come as buffers of their own. */
export type Row = Record<string, SqlValue>;

export interface Sql {
  run(sql: string, ...params: SqlValue[]): void;
  get(sql: string, ...params: SqlValue[]): Row | undefined;
  all(sql: string, ...params: SqlValue[]): Row[];
}

/** One device's SQLite database. `database/conformance.ts` is the suite every implementation passes. */
export interface ClientDatabase {
  /**
   * Runs in one transaction, one at a time in the order called; resolves once it is durable. Throws, and has
   * rolled back, where `run` throws.
   */
  transaction<T>(run: (sql: Sql) => T): Promise<T>;
  /** Reads what is committed. Writing in it throws. */
  read<T>(run: (sql: Sql) => T): T;
  /** What was deleted is on the disk no more, in the database's journal neither. After the transactions before it. */
  settle(): Promise<void>;
  /** Nothing may be called after it. */
  close(): Promise<void>;
}

/** Whose a locked database is: all that can be told of it without its key. */
export interface DeviceLabel {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly username: string;
}

/** Where a platform keeps device databases: one in use, empty while nobody is signed in, and locked ones. */
export interface DeviceDatabases {
  /**
   * Opens the database in use; a new empty one where there is none. Throws `DatabaseUnusable` where it cannot
   * be opened or is damaged (and then touches nothing).
   */
  open(): Promise<ClientDatabase>;
  /** Devices that were signed out here, the latest first. */
  locked(): Promise<readonly DeviceLabel[]>;
  /**
   * Closes the database in use (the engine has stopped using it), seals it under `key` (32 bytes, see
   * `sealFile` of @sotto/crypto) and removes the plain one. All or nothing at a crash.
   */
  lock(label: DeviceLabel, key: Uint8Array): Promise<void>;
  /**
   * Closes and replaces the database in use by the locked one of this device. False, and nothing is changed,
   * where `key` does not open it.
   */
  unlock(deviceId: DeviceId, key: Uint8Array): Promise<boolean>;
  /** Closes the database in use and removes it, unsealed: an enrolment that came to nothing. */
  discard(): Promise<void>;
}

/** Thrown by `DeviceDatabases.open`: what the session view's `stopped` says. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
  readonly reason: 'storageUnavailable' | 'storageCorrupt';
  constructor(reason: 'storageUnavailable' | 'storageCorrupt') {
    super(reason);
    this.reason = reason;
  }
}

export interface ServerTransport {
  /** One POST to the method of that name. */
  signIn(method: SignInMethod, payload: Uint8Array): Promise<SignInAnswer>;
  /**
   * Opens a connection. `open` is called at most once, `closed` exactly once, unless `close` was called first:
   * then nothing is called any more.
   */
  connect(events: ConnectionEvents): ConnectionHandle;
}
export type SignInAnswer =
  | { readonly kind: 'answer'; readonly payload: Uint8Array }
  | { readonly kind: 'error'; readonly error: WireError }
  /** No answer: it may or may not have been carried out. */
  | { readonly kind: 'unreachable' };
export interface ConnectionEvents {
  open(): void;
  frame(bytes: Uint8Array): void;
  /** `code`: the WebSocket close code where there is one (`closeCodes`), else null. */
  closed(code: number | null): void;
}
export interface ConnectionHandle {
  send(bytes: Uint8Array): void;
  close(): void;
}

/**
 * Files too large for the database: ciphertext only. `attachments/localFilesConformance.ts` is the suite every
 * implementation passes. Names are the engine's: lower-case letters, digits and hyphens, at most 80. Everything here may
 * throw `LocalFileError`.
 */
export interface LocalFiles {
  list(): Promise<readonly string[]>;
  /** Makes it where there is none. Whoever opened it closes it before it is opened again. */
  open(name: string): Promise<LocalFile>;
  /** Of one that is not open; nothing happens where there is none. */
  remove(name: string): Promise<void>;
}
export interface LocalFile {
  size(): Promise<number>;
  /** Fewer bytes than asked for at the end of the file. */
  read(offset: number, sizeBytes: number): Promise<Uint8Array>;
  /** What lies between the end and `offset` becomes zeros. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** What was written is on the disk once it resolves. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
/** `full`: no room on the disk, or for this site. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
  readonly reason: 'full' | 'unavailable';
  constructor(reason: 'full' | 'unavailable') {
    super(reason);
    this.reason = reason;
  }
}

/** Blobs over HTTP (spec/server.md, "Blobs"). */
export interface BlobTransport {
  /** How much of an upload has arrived. */
  uploaded(ticket: Uint8Array, signal: AbortSignal): Promise<UploadAnswer>;
  /** Appends a part (at most `limits.blobPartSizeBytes`) at `offset`, where the upload has to end. */
  upload(ticket: Uint8Array, offset: number, part: Uint8Array, signal: AbortSignal): Promise<UploadAnswer>;
  /** Bytes `start` to `end` of a blob, in pieces of any size; iterating throws where the connection is lost. */
  download(
    blobId: string,
    ticket: Uint8Array,
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<DownloadAnswer>;
}
/** `offset`: where the upload ends now. */
export type UploadAnswer =
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'error'; readonly error: WireError }
  | { readonly kind: 'unreachable' };
export type DownloadAnswer =
  | { readonly kind: 'bytes'; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly kind: 'error'; readonly error: WireError }
  | { readonly kind: 'unreachable' };

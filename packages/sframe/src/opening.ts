/**
 * What opening is besides the cipher: keys by KID, each with the counters it has opened (RFC 9605 §6.1, §9.3). A counter is
 * looked at before the cipher runs, and again and marked after it succeeded, so that no forged frame moves the window and
 * no frame is opened twice at the same time.
 */
import { clearBytes, type FrameCodec } from './frameShape.ts';
import { decodeHeader, type Header, maxHeaderBytes } from './header.ts';
import { frameAad, frameNonce, joinBytes } from './labels.ts';
import { limits } from './limits.ts';
import { ReplayWindow } from './replayWindow.ts';
import { type Failed, failed, type OpenFailure, type OpenResult } from './results.ts';
import { noBytes } from './sealing.ts';
import type { SuiteId } from './suites.ts';

export interface FrameOpenerOptions {
  readonly suite: SuiteId;
  /** Counters behind the highest opened that may still come, each once: 1 to 2^20. The default is 4096. */
  readonly replayWindow?: number;
}

/** `kidInUse`: remove that key first. `tooManyKeys`: there are `limits.maxKeys`. */
export type AddKeyResult = { readonly kind: 'added' } | Failed<'kidInUse' | 'tooManyKeys'>;

/** A key as a provider derives it. */
export interface DerivedKey<Cipher> {
  readonly salt: Uint8Array;
  readonly cipher: Cipher;
}

interface HeldKey<Cipher> extends DerivedKey<Cipher> {
  readonly window: ReplayWindow;
}

export interface PreparedOpen<Cipher> {
  readonly kind: 'prepared';
  readonly key: HeldKey<Cipher>;
  readonly header: Header;
  readonly clear: Uint8Array;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly aad: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array;
}

export class OpenKeys<Cipher> {
  readonly #tagSize: number;
  readonly #windowSize: number;
  readonly #keys = new Map<bigint, HeldKey<Cipher>>();

  constructor(tagSize: number, windowSize: number = limits.defaultReplayWindow) {
    if (!Number.isInteger(windowSize) || windowSize < 1 || windowSize > limits.maxReplayWindow) {
      throw new RangeError(`replayWindow is 1 to ${limits.maxReplayWindow}`);
    }
    this.#tagSize = tagSize;
    this.#windowSize = windowSize;
  }

  get kids(): bigint[] {
    return [...this.#keys.keys()];
  }

  /** Whether a key may be added under this KID. */
  admits(kid: bigint): AddKeyResult {
    if (this.#keys.has(kid)) return failed('kidInUse');
    if (this.#keys.size >= limits.maxKeys) return failed('tooManyKeys');
    return { kind: 'added' };
  }

  add(kid: bigint, key: DerivedKey<Cipher>): AddKeyResult {
    const admitted = this.admits(kid);
    if (admitted.kind === 'added')
      this.#keys.set(kid, { ...key, window: new ReplayWindow(this.#windowSize) });
    return admitted;
  }

  remove(kid: bigint): boolean {
    return this.#keys.delete(kid);
  }

  prepare(sealed: Uint8Array, metadata: Uint8Array): PreparedOpen<Cipher> | Failed<OpenFailure> {
    return this.#prepare(sealed, metadata, noBytes);
  }

  prepareMedia(codec: FrameCodec, frame: Uint8Array): PreparedOpen<Cipher> | Failed<OpenFailure> {
    const size = clearBytes(codec, frame);
    if (size === null) return failed('malformed');
    const clear = frame.subarray(0, size);
    return this.#prepare(frame.subarray(size), clear, clear);
  }

  /** `plaintext`: null where the cipher refused. */
  finish(prepared: PreparedOpen<Cipher>, plaintext: Uint8Array<ArrayBuffer> | null): OpenResult {
    if (plaintext === null) return failed('notAuthentic');
    const { key, header, clear } = prepared;
    if (this.#keys.get(header.kid) !== key) return failed('unknownKey');
    const judged = key.window.judge(header.counter);
    if (judged !== 'fresh') return failed(judged);
    key.window.mark(header.counter);
    return {
      kind: 'opened',
      frame: clear.length === 0 ? plaintext : joinBytes(clear, plaintext),
      kid: header.kid,
      counter: header.counter,
    };
  }

  #prepare(
    sealed: Uint8Array,
    metadata: Uint8Array,
    clear: Uint8Array,
  ): PreparedOpen<Cipher> | Failed<OpenFailure> {
    if (sealed.length + metadata.length > limits.maxFrameBytes + maxHeaderBytes + this.#tagSize) {
      return failed('tooLarge');
    }
    const header = decodeHeader(sealed);
    if (header === null || sealed.length < header.size + this.#tagSize) return failed('malformed');
    const key = this.#keys.get(header.kid);
    if (key === undefined) return failed('unknownKey');
    const judged = key.window.judge(header.counter);
    if (judged !== 'fresh') return failed(judged);
    return {
      kind: 'prepared',
      key,
      header,
      clear,
      nonce: frameNonce(key.salt, header.counter),
      aad: frameAad(sealed.subarray(0, header.size), metadata),
      ciphertext: sealed.subarray(header.size),
    };
  }
}

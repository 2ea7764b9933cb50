import type { Hash, Kdf, RunningHash } from '../cipherSuite.ts';
import { requireExpandable, requireOneBlockEach } from '../requireExpandable.ts';
import { aligned, type Scratch } from './scratch.ts';
import type { HmacFinal, HmacInit, HmacOneShot, HmacUpdate, SodiumModule } from './sodiumModule.ts';

interface HmacFunctions {
  readonly size: number;
  readonly stateBytes: number;
  readonly digest: SodiumModule['_crypto_hash_sha256'];
  readonly oneShot: HmacOneShot;
  readonly init: HmacInit;
  readonly update: HmacUpdate;
  readonly final: HmacFinal;
}

/** The key size of libsodium's one-shot HMAC. */
const oneShotKeyBytes = 32;

function hmacAt(
  f: HmacFunctions,
  out: number,
  state: number,
  key: number,
  keyLength: number,
  input: number,
  inputLength: number,
): void {
  if (keyLength === oneShotKeyBytes) {
    f.oneShot(out, input, inputLength, 0, key);
    return;
  }
  f.init(state, key, keyLength);
  f.update(state, input, inputLength, 0);
  f.final(state, out);
}

function createHash(scratch: Scratch, f: HmacFunctions): Hash {
  const { size } = f;
  const stateAt = aligned(size);
  const keyAt = stateAt + aligned(f.stateBytes);
  return {
    size,
    digest(data) {
      const inputAt = aligned(size);
      const base = scratch.begin(inputAt + data.length);
      scratch.put(base + inputAt, data);
      f.digest(base, base + inputAt, data.length, 0);
      const digest = scratch.take(base, size);
      scratch.end();
      return digest;
    },
    hmac(key, data) {
      const inputAt = keyAt + aligned(key.length);
      const base = scratch.begin(inputAt + data.length);
      scratch.put(base + keyAt, key);
      scratch.put(base + inputAt, data);
      hmacAt(f, base, base + stateAt, base + keyAt, key.length, base + inputAt, data.length);
      const tag = scratch.take(base, size);
      scratch.end();
      return tag;
    },
  };
}

/** HKDF (RFC 5869) without leaving the module's memory between blocks. */
function createKdf(scratch: Scratch, f: HmacFunctions, hash: Hash): Kdf {
  const { size } = f;
  return {
    size,
    extract: (salt, inputKey) => hash.hmac(salt, inputKey),
    expand(pseudorandomKey, info, lengthBytes) {
      requireExpandable(lengthBytes, size);
      const blocks = Math.ceil(lengthBytes / size);
      // Output, HMAC state, key, then T(i) ‖ info ‖ i.
      const stateAt = blocks * size;
      const keyAt = stateAt + aligned(f.stateBytes);
      const blockAt = keyAt + aligned(pseudorandomKey.length);
      const infoAt = blockAt + size;
      const counterAt = infoAt + info.length;
      const base = scratch.begin(counterAt + 1);
      scratch.put(base + keyAt, pseudorandomKey);
      scratch.put(base + infoAt, info);
      for (let i = 0; i < blocks; i++) {
        scratch.putByte(base + counterAt, i + 1);
        if (i > 0) scratch.move(base + blockAt, base + (i - 1) * size, size);
        const from = i === 0 ? infoAt : blockAt;
        hmacAt(
          f,
          base + i * size,
          base + stateAt,
          base + keyAt,
          pseudorandomKey.length,
          base + from,
          counterAt + 1 - from,
        );
      }
      const output = scratch.take(base, lengthBytes);
      scratch.end();
      return output;
    },
    expandEach(pseudorandomKey, infos, lengthsBytes) {
      requireOneBlockEach(infos, lengthsBytes, size);
      let longestInfo = 0;
      for (const info of infos) longestInfo = Math.max(longestInfo, info.length);
      // Output, the HMAC state with the key in it, a copy of that to work on, key, info ‖ 1.
      const keyedAt = aligned(size);
      const stateAt = keyedAt + aligned(f.stateBytes);
      const keyAt = stateAt + aligned(f.stateBytes);
      const infoAt = keyAt + aligned(pseudorandomKey.length);
      const base = scratch.begin(infoAt + longestInfo + 1);
      scratch.put(base + keyAt, pseudorandomKey);
      f.init(base + keyedAt, base + keyAt, pseudorandomKey.length);
      const outputs: Uint8Array[] = [];
      for (let i = 0; i < infos.length; i++) {
        const info = infos[i]!;
        scratch.move(base + stateAt, base + keyedAt, f.stateBytes);
        scratch.put(base + infoAt, info);
        scratch.putByte(base + infoAt + info.length, 1);
        f.update(base + stateAt, base + infoAt, info.length + 1, 0);
        f.final(base + stateAt, base);
        outputs.push(scratch.take(base, lengthsBytes[i]!));
      }
      scratch.end();
      return outputs;
    },
  };
}

/** The state is kept outside of the module between calls, so one that is given up costs nothing. */
function createRunningSha256(module: SodiumModule, scratch: Scratch): RunningHash {
  const stateBytes = module._crypto_hash_sha256_statebytes();
  const inputAt = aligned(stateBytes);
  const begun = scratch.begin(stateBytes);
  module._crypto_hash_sha256_init(begun);
  let state = scratch.take(begun, stateBytes);
  scratch.end();
  return {
    update(data) {
      const base = scratch.begin(inputAt + data.length);
      scratch.put(base, state);
      scratch.put(base + inputAt, data);
      module._crypto_hash_sha256_update(base, base + inputAt, data.length, 0);
      state = scratch.take(base, stateBytes);
      scratch.end();
    },
    digest() {
      const base = scratch.begin(inputAt + 32);
      scratch.put(base, state);
      module._crypto_hash_sha256_final(base, base + inputAt);
      const digest = scratch.take(base + inputAt, 32);
      scratch.end();
      return digest;
    },
  };
}

export interface SodiumHashes {
  readonly sha256: Hash;
  beginSha256(): RunningHash;
  readonly sha512: Hash;
  readonly hkdfSha256: Kdf;
  readonly hkdfSha512: Kdf;
  sha3_256(data: Uint8Array): Uint8Array;
  shake256(data: Uint8Array, lengthBytes: number): Uint8Array;
}

/** SHA-2 with HMAC and HKDF, SHA3-256 and SHAKE256 (FIPS 202), all over libsodium. */
export function createSodiumHashes(module: SodiumModule, scratch: Scratch): SodiumHashes {
  const functions256: HmacFunctions = {
    size: 32,
    stateBytes: module._crypto_auth_hmacsha256_statebytes(),
    digest: module._crypto_hash_sha256,
    oneShot: module._crypto_auth_hmacsha256,
    init: module._crypto_auth_hmacsha256_init,
    update: module._crypto_auth_hmacsha256_update,
    final: module._crypto_auth_hmacsha256_final,
  };
  const functions512: HmacFunctions = {
    size: 64,
    stateBytes: module._crypto_auth_hmacsha512_statebytes(),
    digest: module._crypto_hash_sha512,
    oneShot: module._crypto_auth_hmacsha512,
    init: module._crypto_auth_hmacsha512_init,
    update: module._crypto_auth_hmacsha512_update,
    final: module._crypto_auth_hmacsha512_final,
  };
  const sha256 = createHash(scratch, functions256);
  const sha512 = createHash(scratch, functions512);
  return {
    sha256,
    beginSha256: () => createRunningSha256(module, scratch),
    sha512,
    hkdfSha256: createKdf(scratch, functions256, sha256),
    hkdfSha512: createKdf(scratch, functions512, sha512),
    sha3_256(data) {
      const base = scratch.begin(32 + data.length);
      scratch.put(base + 32, data);
      module._crypto_hash_sha3256(base, base + 32, data.length, 0);
      const digest = scratch.take(base, 32);
      scratch.end();
      return digest;
    },
    shake256(data, lengthBytes) {
      const inputAt = aligned(lengthBytes);
      const base = scratch.begin(inputAt + data.length);
      scratch.put(base + inputAt, data);
      module._crypto_xof_shake256(base, lengthBytes, base + inputAt, data.length, 0);
      const output = scratch.take(base, lengthBytes);
      scratch.end();
      return output;
    },
  };
}

/**
 * Project Wycheproof's vectors as checks. A file whose cases are left out for a reason (sizes that the contract
 * does not have) says so beside the filter.
 */
import type { Aead } from '../cipherSuite.ts';
import { equalBytes } from '../equalBytes.ts';
import type { Provider } from '../provider.ts';
import { bytes, type Check, requireEqual, requireRangeError, requireTrue } from './check.ts';

interface Case {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface Group<C extends Case> {
  readonly tests: readonly C[];
}

interface File<G> {
  readonly testGroups: readonly G[];
}

interface AeadCase extends Case {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

interface SignatureCase extends Case {
  readonly msg: string;
  readonly sig: string;
}

interface SignatureGroup extends Group<SignatureCase> {
  readonly publicKey: { readonly pk: string };
}

interface HkdfCase extends Case {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

interface MacCase extends Case {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

interface X25519Case extends Case {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

interface MlKemKeyCase extends Case {
  readonly seed: string;
  readonly ek: string;
}

interface MlKemEncapsulationCase extends Case {
  readonly ek: string;
}

interface MlKemCase extends Case {
  readonly seed: string;
  readonly c: string;
  readonly K: string;
}

/** The files, by their names without `_test.json`, and how many cases each holds. */
export const wycheproofCaseCounts = {
  aes_gcm: 316,
  chacha20_poly1305: 325,
  xchacha20_poly1305: 315,
  ed25519: 151,
  hkdf_sha256: 86,
  hkdf_sha512: 83,
  hmac_sha256: 174,
  x25519: 518,
  mlkem_768_keygen_seed: 100,
  mlkem_768_encaps: 265,
  mlkem_768: 193,
} as const;

export type WycheproofName = keyof typeof wycheproofCaseCounts;
/** Parsed files; a name is absent where its file is. */
export type WycheproofFiles = Partial<Record<WycheproofName, unknown>>;

type RunCase<C, G> = (provider: Provider, test: C, group: G) => Promise<void>;

/** Runs every case of a file and names the case that fails. */
function fileCheck<C extends Case, G extends Group<C>>(
  files: WycheproofFiles,
  name: WycheproofName,
  runCase: RunCase<C, G>,
): Check[] {
  const file = files[name] as File<G> | undefined;
  if (file === undefined) return [];
  return [
    {
      name: `Wycheproof ${name}`,
      async run(provider) {
        let count = 0;
        for (const group of file.testGroups) {
          for (const test of group.tests) {
            count++;
            try {
              await runCase(provider, test, group);
            } catch (error) {
              throw new Error(`case ${test.tcId} (${test.result}): ${String(error)}`, { cause: error });
            }
          }
        }
        requireTrue(count >= wycheproofCaseCounts[name], `only ${count} cases`);
      },
    },
  ];
}

function runAead(choose: (provider: Provider) => Aead): RunCase<AeadCase, Group<AeadCase>> {
  return async (provider, test) => {
    const aead = choose(provider);
    const [key, iv, aad, msg] = [bytes(test.key), bytes(test.iv), bytes(test.aad), bytes(test.msg)];
    const ciphertext = bytes(test.ct + test.tag);
    // Other key sizes and nonce sizes are refused, whether the algorithm has them (AES-256, long nonces) or not.
    if (key.length !== aead.keySize || iv.length !== aead.nonceSize) {
      await requireRangeError(() => aead.seal(key, iv, aad, msg), 'another size');
      await requireRangeError(() => aead.open(key, iv, aad, ciphertext), 'another size');
      return;
    }
    const opened = await aead.open(key, iv, aad, ciphertext);
    if (test.result === 'valid') {
      requireEqual(opened, msg, 'plaintext');
      requireEqual(await aead.seal(key, iv, aad, msg), ciphertext, 'ciphertext');
    } else {
      requireTrue(opened === null, 'opened');
    }
  };
}

function runHkdf(which: 'hkdf' | 'hkdfSha512'): RunCase<HkdfCase, Group<HkdfCase>> {
  return async (provider, test) => {
    const kdf = provider[which];
    const key = kdf.extract(bytes(test.salt), bytes(test.ikm));
    const expand = () => kdf.expand(key, bytes(test.info), test.size);
    // The invalid cases ask for more than 255 blocks.
    if (test.result === 'valid') requireEqual(expand(), test.okm, 'OKM');
    else await requireRangeError(expand, 'too long');
  };
}

const runSignature: RunCase<SignatureCase, SignatureGroup> = async ({ ed25519 }, test, group) => {
  const verified = await ed25519.verify(bytes(group.publicKey.pk), bytes(test.msg), bytes(test.sig));
  requireTrue(verified === (test.result === 'valid'), `verify says ${verified}`);
};

const runMac: RunCase<MacCase, Group<MacCase>> = async ({ hmacSha256 }, test) => {
  const tag = bytes(test.tag);
  // Some groups truncate the tag.
  const computed = hmacSha256(bytes(test.key), bytes(test.msg)).subarray(0, tag.length);
  requireTrue(equalBytes(computed, tag) === (test.result === 'valid'), 'tag');
};

const runX25519: RunCase<X25519Case, Group<X25519Case>> = async ({ x25519 }, test) => {
  const agreement = x25519.agree(bytes(test.private), bytes(test.public));
  // "Acceptable" are keys on the twist and non-canonical ones, which RFC 7748 takes, and those of low order.
  if (/^0+$/.test(test.shared)) {
    requireTrue(agreement === null, 'an all-zero secret');
    requireTrue(x25519.agreeFresh(bytes(test.public)) === null, 'an all-zero secret as the sender');
  } else {
    requireEqual(agreement?.secret ?? null, test.shared, 'secret');
  }
};

const runMlKemKey: RunCase<MlKemKeyCase, Group<MlKemKeyCase>> = async ({ mlKem768 }, test) => {
  requireEqual(await mlKem768.publicKey(bytes(test.seed)), test.ek, 'public key');
};

const runMlKemEncapsulation: RunCase<MlKemEncapsulationCase, Group<MlKemEncapsulationCase>> = async (
  { mlKem768 },
  test,
) => {
  // The randomness is the library's, so validity alone is compared.
  const encapsulation = await mlKem768.encapsulate(bytes(test.ek));
  requireTrue((encapsulation !== null) === (test.result === 'valid'), 'validity of the public key');
};

const runMlKem: RunCase<MlKemCase, Group<MlKemCase>> = async ({ mlKem768 }, test) => {
  const seed = bytes(test.seed);
  if (seed.length !== 64) {
    await requireRangeError(() => mlKem768.decapsulate(seed, bytes(test.c)), 'a seed of another size');
    return;
  }
  const secret = await mlKem768.decapsulate(seed, bytes(test.c));
  if (test.result === 'valid') requireEqual(secret, test.K, 'shared secret');
  else requireTrue(secret === null, 'decapsulated');
};

export function wycheproofChecks(files: WycheproofFiles): readonly Check[] {
  return [
    ...fileCheck(
      files,
      'aes_gcm',
      runAead((provider) => provider.aes128Gcm),
    ),
    ...fileCheck(
      files,
      'chacha20_poly1305',
      runAead((provider) => provider.chacha20Poly1305),
    ),
    ...fileCheck(
      files,
      'xchacha20_poly1305',
      runAead((provider) => provider.xchacha20Poly1305),
    ),
    ...fileCheck(files, 'ed25519', runSignature),
    ...fileCheck(files, 'hkdf_sha256', runHkdf('hkdf')),
    ...fileCheck(files, 'hkdf_sha512', runHkdf('hkdfSha512')),
    ...fileCheck(files, 'hmac_sha256', runMac),
    ...fileCheck(files, 'x25519', runX25519),
    ...fileCheck(files, 'mlkem_768_keygen_seed', runMlKemKey),
    ...fileCheck(files, 'mlkem_768_encaps', runMlKemEncapsulation),
    ...fileCheck(files, 'mlkem_768', runMlKem),
  ];
}

import type { CipherSuite } from '@sotto/primitives';
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { loadVectors } from '@sotto/testkit/vectors';
import { describe, expect, it } from 'vitest';
import { Reader } from './codec/reader.ts';
import { Writer } from './codec/writer.ts';
import { fromHex, toHex } from './testing/bytes.ts';
import { checkPassiveClient, checkWelcome } from './testing/clientVectors.ts';
import { checkMessageProtection, checkMessages } from './testing/messageVectors.ts';
import {
  checkCryptoBasics,
  checkKeySchedule,
  checkPskSecret,
  checkSecretTree,
  checkTranscriptHashes,
} from './testing/scheduleVectors.ts';
import {
  checkTreeKem,
  checkTreeMath,
  checkTreeOperation,
  checkTreeValidation,
} from './testing/treeVectors.ts';
import type {
  CryptoBasicsVector,
  KeyScheduleVector,
  MessageProtectionVector,
  PassiveClientVector,
  PskSecretVector,
  SecretTreeVector,
  TranscriptHashesVector,
  TreeKemVector,
  TreeMathVector,
  TreeOperationsVector,
  TreeValidationVector,
  WelcomeVector,
} from './testing/vectorTypes.ts';

/** mlswg's test vectors for RFC 9420, for the suites here that have any: 1 and 3. */

const provider = await loadNodeProvider();
const suites = new Map<number, CipherSuite>(
  [suiteIds.x25519Aes128, suiteIds.x25519ChaCha20].map((id) => [id, provider.suite(id)]),
);

function runForSuites<T extends { cipher_suite: number }>(
  name: string,
  caseCount: number,
  check: (suite: CipherSuite, vector: T) => Promise<void> | void,
): void {
  const vectors = loadVectors<T[]>(`mls/${name}.json`, caseCount);
  describe.skipIf(vectors === null)(name, () => {
    for (const [id, suite] of suites) {
      const mine = (vectors ?? []).filter((vector) => vector.cipher_suite === id);
      it.skipIf(mine.length === 0)(`suite ${id}: ${mine.length} cases`, { timeout: 60_000 }, async () => {
        for (const vector of mine) await check(suite, vector);
      });
    }
  });
}

function runForAll<T>(name: string, caseCount: number, check: (vector: T) => void): void {
  const vectors = loadVectors<T[]>(`mls/${name}.json`, caseCount);
  it.skipIf(vectors === null)(`${name}: all cases`, { timeout: 60_000 }, () => {
    for (const vector of vectors ?? []) check(vector);
    expect(vectors).toHaveLength(caseCount);
  });
}

runForAll<TreeMathVector>('tree-math', 10, checkTreeMath);
runForAll<Record<string, string>>('messages', 300, checkMessages);
runForAll<{ vlbytes_header: string; length: number }>('deserialization', 14, ({ vlbytes_header, length }) => {
  expect(new Reader(fromHex(vlbytes_header)).length()).toBe(length);
  expect(toHex(new Writer().length(length).finish())).toBe(vlbytes_header);
});

runForSuites<CryptoBasicsVector>('crypto-basics', 7, checkCryptoBasics);
runForSuites<KeyScheduleVector>('key-schedule', 7, checkKeySchedule);
runForSuites<MessageProtectionVector>('message-protection', 7, checkMessageProtection);
runForSuites<PskSecretVector>('psk_secret', 77, checkPskSecret);
runForSuites<SecretTreeVector>('secret-tree', 21, checkSecretTree);
runForSuites<TranscriptHashesVector>('transcript-hashes', 7, checkTranscriptHashes);
runForSuites<TreeOperationsVector>('tree-operations', 5, checkTreeOperation);
runForSuites<TreeValidationVector>('tree-validation', 98, checkTreeValidation);
runForSuites<TreeKemVector>('treekem', 77, checkTreeKem);
runForSuites<WelcomeVector>('welcome', 7, checkWelcome);
runForSuites<PassiveClientVector>('passive-client-welcome', 56, checkPassiveClient);
runForSuites<PassiveClientVector>('passive-client-handling-commit', 91, checkPassiveClient);
runForSuites<PassiveClientVector>('passive-client-random', 1, checkPassiveClient);

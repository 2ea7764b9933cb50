import { type CipherSuite, type Provider, suiteIds } from '@sotto/primitives';
import { Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { check, checkHex, fromHex } from './bytes.ts';
import { checkPassiveClient, checkWelcome } from './clientVectors.ts';
import { checkMessageProtection, checkMessages } from './messageVectors.ts';
import {
  checkCryptoBasics,
  checkKeySchedule,
  checkPskSecret,
  checkSecretTree,
  checkTranscriptHashes,
} from './scheduleVectors.ts';
import { checkTreeKem, checkTreeMath, checkTreeOperation, checkTreeValidation } from './treeVectors.ts';
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
} from './vectorTypes.ts';

/** mlswg's test vectors for RFC 9420, each file with its check, for Node and browsers alike. */

/** Suites of the vectors that are implemented here. Files without a suite are checked whole. */
const suitesWithVectors: readonly number[] = [suiteIds.x25519Aes128, suiteIds.x25519ChaCha20];

export interface VectorFile {
  readonly name: string;
  readonly caseCount: number;
  /** Cases that are of a suite implemented here, or of none. */
  readonly applicable: number;
  /** Checks all applicable cases and says how many they were; throws at the first that fails. */
  readonly run: (provider: Provider, vectors: unknown) => Promise<number>;
}

function ofSuite<T extends { cipher_suite: number }>(
  name: string,
  caseCount: number,
  applicable: number,
  checkOne: (suite: CipherSuite, vector: T) => Promise<void> | void,
): VectorFile {
  const run = async (provider: Provider, vectors: unknown): Promise<number> => {
    let count = 0;
    for (const vector of vectors as T[]) {
      if (!suitesWithVectors.includes(vector.cipher_suite) || !provider.supports(vector.cipher_suite))
        continue;
      await checkOne(provider.suite(vector.cipher_suite), vector);
      count++;
    }
    return count;
  };
  return { name, caseCount, applicable, run };
}

function ofNoSuite<T>(name: string, caseCount: number, checkOne: (vector: T) => void): VectorFile {
  const run = async (_provider: Provider, vectors: unknown): Promise<number> => {
    for (const vector of vectors as T[]) checkOne(vector);
    return (vectors as T[]).length;
  };
  return { name, caseCount, applicable: caseCount, run };
}

function checkLengthHeader(vector: { vlbytes_header: string; length: number }): void {
  check(new Reader(fromHex(vector.vlbytes_header)).length() === vector.length, 'length read');
  checkHex(new Writer().length(vector.length).finish(), vector.vlbytes_header, 'length written');
}

export const vectorFiles: readonly VectorFile[] = [
  ofNoSuite<TreeMathVector>('tree-math', 10, checkTreeMath),
  ofNoSuite<Record<string, string>>('messages', 300, checkMessages),
  ofNoSuite('deserialization', 14, checkLengthHeader),
  ofSuite<CryptoBasicsVector>('crypto-basics', 7, 2, checkCryptoBasics),
  ofSuite<KeyScheduleVector>('key-schedule', 7, 2, checkKeySchedule),
  ofSuite<MessageProtectionVector>('message-protection', 7, 2, checkMessageProtection),
  ofSuite<PskSecretVector>('psk_secret', 77, 22, checkPskSecret),
  ofSuite<SecretTreeVector>('secret-tree', 21, 6, checkSecretTree),
  ofSuite<TranscriptHashesVector>('transcript-hashes', 7, 2, checkTranscriptHashes),
  ofSuite<TreeOperationsVector>('tree-operations', 5, 5, checkTreeOperation),
  ofSuite<TreeValidationVector>('tree-validation', 98, 28, checkTreeValidation),
  ofSuite<TreeKemVector>('treekem', 77, 22, checkTreeKem),
  ofSuite<WelcomeVector>('welcome', 7, 2, checkWelcome),
  ofSuite<PassiveClientVector>('passive-client-welcome', 56, 16, checkPassiveClient),
  ofSuite<PassiveClientVector>('passive-client-handling-commit', 91, 26, checkPassiveClient),
  ofSuite<PassiveClientVector>('passive-client-random', 1, 1, checkPassiveClient),
];

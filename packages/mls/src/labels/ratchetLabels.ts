import type { CipherSuite } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';

/**
 * KDFLabel inputs of the message path, encoded once per suite: only the generation or the ciphertext sample
 * at their end changes. Expanding is synchronous, so a template is never in use twice.
 */
interface LabelTemplate {
  readonly info: Uint8Array;
  readonly contextAt: number;
  readonly lengthBytes: number;
}

const encoder = new TextEncoder();

function template(label: string, contextBytes: number, lengthBytes: number): LabelTemplate {
  const writer = new Writer(64 + contextBytes);
  writer
    .u16(lengthBytes)
    .opaque(encoder.encode(`MLS 1.0 ${label}`))
    .length(contextBytes);
  writer.fixed(new Uint8Array(contextBytes));
  const info = writer.finish();
  return { info, contextAt: info.length - contextBytes, lengthBytes };
}

function fixed(label: string, context: string, lengthBytes: number): LabelTemplate {
  const bytes = encoder.encode(context);
  const made = template(label, bytes.length, lengthBytes);
  made.info.set(bytes, made.contextAt);
  return made;
}

export interface RatchetLabels {
  readonly treeLeft: LabelTemplate;
  readonly treeRight: LabelTemplate;
  readonly handshake: LabelTemplate;
  readonly application: LabelTemplate;
  readonly key: LabelTemplate;
  readonly nonce: LabelTemplate;
  readonly secret: LabelTemplate;
  /** Key, nonce and secret, of one generation. */
  readonly message: LabelSet;
  /** Key and nonce. */
  readonly senderData: LabelSet;
}

/** Templates whose outputs are taken from one secret at once. */
interface LabelSet {
  readonly templates: readonly LabelTemplate[];
  readonly infos: readonly Uint8Array[];
  readonly lengthsBytes: readonly number[];
}

function setOf(...templates: LabelTemplate[]): LabelSet {
  return {
    templates,
    infos: templates.map((each) => each.info),
    lengthsBytes: templates.map((each) => each.lengthBytes),
  };
}

const bySuite = new WeakMap<CipherSuite, RatchetLabels>();

export function ratchetLabels(suite: CipherSuite): RatchetLabels {
  const known = bySuite.get(suite);
  if (known !== undefined) return known;
  const size = suite.kdf.size;
  const key = template('key', 4, suite.aead.keySize);
  const nonce = template('nonce', 4, suite.aead.nonceSize);
  const secret = template('secret', 4, size);
  const made: RatchetLabels = {
    treeLeft: fixed('tree', 'left', size),
    treeRight: fixed('tree', 'right', size),
    handshake: fixed('handshake', '', size),
    application: fixed('application', '', size),
    key,
    nonce,
    secret,
    message: setOf(key, nonce, secret),
    senderData: setOf(
      template('key', size, suite.aead.keySize),
      template('nonce', size, suite.aead.nonceSize),
    ),
  };
  bySuite.set(suite, made);
  return made;
}

export function expandFixed(suite: CipherSuite, secret: Uint8Array, label: LabelTemplate): Uint8Array {
  return suite.kdf.expand(secret, label.info, label.lengthBytes);
}

function setGeneration(label: LabelTemplate, generation: number): void {
  const { info, contextAt } = label;
  info[contextAt] = generation >>> 24;
  info[contextAt + 1] = generation >>> 16;
  info[contextAt + 2] = generation >>> 8;
  info[contextAt + 3] = generation;
}

/** DeriveTreeSecret (RFC 9420 §9). */
export function expandGeneration(
  suite: CipherSuite,
  secret: Uint8Array,
  label: LabelTemplate,
  generation: number,
): Uint8Array {
  setGeneration(label, generation);
  return suite.kdf.expand(secret, label.info, label.lengthBytes);
}

/** DeriveTreeSecret for a message's key and nonce and for the next secret, in this order. */
export function expandMessage(
  suite: CipherSuite,
  secret: Uint8Array,
  labels: RatchetLabels,
  generation: number,
): Uint8Array[] {
  for (const label of labels.message.templates) setGeneration(label, generation);
  return suite.kdf.expandEach(secret, labels.message.infos, labels.message.lengthsBytes);
}

/** Key and nonce for sender data; `sample` must be exactly as long as the templates' context. */
export function expandSample(
  suite: CipherSuite,
  secret: Uint8Array,
  labels: RatchetLabels,
  sample: Uint8Array,
): Uint8Array[] {
  for (const label of labels.senderData.templates) label.info.set(sample, label.contextAt);
  return suite.kdf.expandEach(secret, labels.senderData.infos, labels.senderData.lengthsBytes);
}

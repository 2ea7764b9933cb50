/**
 * Configuration (spec/server.md §Configuration): the environment, over one file `sotto.env` of the same names.
 * Every value is checked and every unknown `SOTTO_` name refused, with a sentence that names it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { defaultRelayLimits } from '@sotto/relay';
import { defaultBlobQuotaBytes } from './deliveryService.ts';
import type { RegistrationPolicy } from './server.ts';

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export interface Config {
  /** Address to listen on. */
  readonly host: string;
  readonly port: number;
  /** Folder of the database. */
  readonly dataFolder: string;
  /** How people reach this server, without a path; null: only by its own address. */
  readonly origin: string | null;
  readonly registration: RegistrationPolicy;
  readonly logLevel: (typeof logLevels)[number];
  /** A token asks for `Authorization: Bearer`. */
  readonly metrics:
    | { readonly kind: 'off' }
    | { readonly kind: 'open' }
    | { readonly kind: 'token'; readonly token: string };
  /** Origins that may show the web app in a frame, beside its own. */
  readonly embedOrigins: readonly string[];
  /** The address of a client is the last one of `X-Forwarded-For`, as a reverse proxy wrote it. */
  readonly trustProxy: boolean;
  /** What each account may keep on the server of files. */
  readonly blobQuotaBytes: number;
  /** Folder of the built web app; null: none is served. */
  readonly webFolder: string | null;
  /** Port of the relay for calls, UDP and TCP; 0: any. Null: no relay of its own. */
  readonly callsPort: number | null;
  /** How the relay is reached from outside; null: by the host by which a client reaches the server. */
  readonly callsHost: string | null;
  /** How many relays on this machine, each on a port of its own, from `callsPort` up. */
  readonly callsProcesses: number;
  /** Relays for group calls on other machines, as `ws:` or `wss:` URLs, and the secret that they share with this server. */
  readonly relays: readonly string[];
  readonly relaySecret: string | null;
  /** What one side of a call may send through the relay in a second. */
  readonly callsRateBytes: number;
  /** Other TURN servers, such as coturn, and the secret that they share with this server. */
  readonly turnUrls: readonly string[];
  readonly turnSecret: string | null;
}

export type ConfigOutcome =
  | { readonly kind: 'valid'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly sentence: string };

type Reader<T> = (text: string) => T | { readonly expected: string };

const readers = {
  SOTTO_HOST: (text: string) =>
    /^[A-Za-z0-9.:_-]+$/.test(text) ? text : { expected: 'a host name or address' },
  SOTTO_PORT: readPort,
  SOTTO_DATA: (text: string) => text,
  SOTTO_ORIGIN: readOrigin,
  SOTTO_REGISTRATION: oneOf(['open', 'invite']),
  SOTTO_LOG_LEVEL: oneOf(logLevels),
  SOTTO_METRICS: (text: string): Config['metrics'] | { expected: string } => {
    if (text === 'off') return { kind: 'off' };
    if (text === 'on') return { kind: 'open' };
    return text.length >= 16
      ? { kind: 'token', token: text }
      : { expected: 'on, off or a token of 16 characters or more' };
  },
  SOTTO_EMBED_ORIGINS: (text: string): string[] | { expected: string } => {
    const origins = text.split(/[\s,]+/).filter((part) => part !== '');
    const read = origins.map(readOrigin);
    return read.every((origin) => typeof origin === 'string')
      ? read
      : { expected: 'origins such as https://example.org, separated by spaces' };
  },
  SOTTO_TRUST_PROXY: (text: string) =>
    text === 'on' || text === 'off' ? text === 'on' : { expected: 'on or off' },
  SOTTO_BLOB_QUOTA: readSize,
  SOTTO_WEB: (text: string) => text,
  SOTTO_CALLS_PORT: (text: string): number | 'off' | { expected: string } => {
    const port = text === 'off' ? text : readPort(text);
    return typeof port === 'object' ? { expected: `${port.expected}, or off` } : port;
  },
  SOTTO_CALLS_HOST: (text: string) =>
    /^[A-Za-z0-9.:-]+$/.test(text) ? text : { expected: 'a host name or address' },
  SOTTO_CALLS_PROCESSES: (text: string): number | { expected: string } =>
    /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= maxCallsProcesses
      ? Number(text)
      : { expected: `a number from 1 to ${maxCallsProcesses}` },
  SOTTO_RELAYS: (text: string): string[] | { expected: string } => {
    const urls = text.split(/[\s,]+/).filter((part) => part !== '');
    return urls.every((url) => /^wss?:/.test(url) && URL.canParse(url)) && new Set(urls).size === urls.length
      ? urls
      : { expected: 'URLs such as wss://relay.example.org, separated by spaces' };
  },
  SOTTO_RELAY_SECRET: readRelaySecret,
  SOTTO_CALLS_RATE: (text: string): number | { expected: string } => {
    const size = readSize(text);
    return typeof size === 'number' && size >= leastCallsRateBytes
      ? size
      : { expected: 'a size of 16 kB or more, such as 2 MB' };
  },
  SOTTO_TURN_URLS: (text: string): string[] | { expected: string } => {
    const urls = text.split(/[\s,]+/).filter((part) => part !== '');
    return urls.every((url) => turnUrl.test(url))
      ? urls
      : { expected: 'URLs such as turns:turn.example.org:443?transport=tcp, separated by spaces' };
  },
  SOTTO_TURN_SECRET: (text: string): string | { expected: string } =>
    text.length >= 16 ? text : { expected: 'a text of 16 characters or more' },
} satisfies Record<string, Reader<unknown>>;

const maxCallsProcesses = 64;
/** What a voice needs, and some. */
const leastCallsRateBytes = 16_000;
/** RFC 7064 and RFC 7065. */
const turnUrl = /^(stuns?:[\w.:[\]-]+|turns?:[\w.:[\]-]+(\?transport=(udp|tcp))?)$/;

type Name = keyof typeof readers;
type Value<N extends Name> = Exclude<ReturnType<(typeof readers)[N]>, { expected: string }>;

const configFileName = 'SOTTO_CONFIG';
const defaultConfigFile = 'sotto.env';
/** The one registered for STUN and TURN. */
const defaultCallsPort = 3478;

/** Reads `environment` and the file that it names (or `./sotto.env`, where that exists). */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ConfigOutcome {
  const named = environment[configFileName];
  const path = named ?? defaultConfigFile;
  if (named !== undefined && !existsSync(path)) {
    return invalid(`SOTTO_CONFIG names the file ${path}, which does not exist.`);
  }
  const fromFile = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
  for (const name of Object.keys(fromFile)) {
    if (!Object.hasOwn(readers, name)) return invalid(`${path} sets ${name}, which Sotto does not know.`);
  }
  for (const name of Object.keys(environment)) {
    const isKnown = name === configFileName || Object.hasOwn(readers, name);
    if (name.startsWith('SOTTO_') && !isKnown)
      return invalid(`The environment sets ${name}, which Sotto does not know.`);
  }
  return checkValues({ ...fromFile, ...environment });
}

function checkValues(values: Readonly<Record<string, string | undefined>>): ConfigOutcome {
  const problems: string[] = [];
  const read = <N extends Name, D>(name: N, otherwise: D): Value<N> | D => {
    const text = values[name]?.trim();
    if (text === undefined || text === '') return otherwise;
    const value: unknown = readers[name](text);
    if (typeof value === 'object' && value !== null && 'expected' in value) {
      problems.push(`${name} must be ${String(value.expected)}.`);
      return otherwise;
    }
    return value as Value<N>;
  };
  const callsPort = read('SOTTO_CALLS_PORT', defaultCallsPort);
  const config: Config = {
    host: read('SOTTO_HOST', '127.0.0.1'),
    port: read('SOTTO_PORT', 8080),
    dataFolder: read('SOTTO_DATA', './data'),
    origin: read('SOTTO_ORIGIN', null),
    registration: read('SOTTO_REGISTRATION', 'open'),
    logLevel: read('SOTTO_LOG_LEVEL', 'info'),
    metrics: read('SOTTO_METRICS', { kind: 'off' }),
    embedOrigins: read('SOTTO_EMBED_ORIGINS', []),
    trustProxy: read('SOTTO_TRUST_PROXY', false),
    blobQuotaBytes: read('SOTTO_BLOB_QUOTA', defaultBlobQuotaBytes),
    webFolder: read('SOTTO_WEB', null),
    callsPort: callsPort === 'off' ? null : callsPort,
    callsHost: read('SOTTO_CALLS_HOST', null),
    callsProcesses: read('SOTTO_CALLS_PROCESSES', 1),
    relays: read('SOTTO_RELAYS', []),
    relaySecret: read('SOTTO_RELAY_SECRET', null),
    callsRateBytes: read('SOTTO_CALLS_RATE', defaultRelayLimits.bytesPerSecond),
    turnUrls: read('SOTTO_TURN_URLS', []),
    turnSecret: read('SOTTO_TURN_SECRET', null),
  };
  if (config.turnSecret === null && config.turnUrls.some((url) => url.startsWith('turn')))
    problems.push('SOTTO_TURN_URLS needs SOTTO_TURN_SECRET, which the TURN server has too.');
  if (config.relaySecret === null && config.relays.length > 0)
    problems.push('SOTTO_RELAYS needs SOTTO_RELAY_SECRET, which the relays have too.');
  return problems.length === 0 ? { kind: 'valid', config } : invalid(problems.join(' '));
}

function readPort(text: string): number | { expected: string } {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : { expected: 'a port number from 0 to 65535' };
}

/** It must not be guessed by who sees one link begin. */
function readRelaySecret(text: string): string | { expected: string } {
  return text.length >= 32 ? text : { expected: 'a random text of 32 characters or more' };
}

function readOrigin(text: string): string | { expected: string } {
  const expected = 'an origin such as https://chat.example.org, without a path';
  if (!URL.canParse(text)) return { expected };
  const { protocol, origin, pathname, search, hash } = new URL(text);
  const isBare = pathname === '/' && search === '' && hash === '';
  return isBare && (protocol === 'https:' || protocol === 'http:') ? origin : { expected };
}

/** `500 MB`, `20 GB` or a number of bytes; in powers of 1,000. */
function readSize(text: string): number | { expected: string } {
  const [, digits = '', unit = ''] = /^(\d{1,12})\s*([kMGT]?)B?$/.exec(text) ?? [];
  const sizeBytes = Number(digits) * 1000 ** ['', 'k', 'M', 'G', 'T'].indexOf(unit);
  return digits !== '' && Number.isSafeInteger(sizeBytes)
    ? sizeBytes
    : { expected: 'a size such as 500 MB or 20 GB' };
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T | { expected: string } {
  return (text) => values.find((value) => value === text) ?? { expected: `one of ${values.join(', ')}` };
}

function invalid(sentence: string): ConfigOutcome {
  return { kind: 'invalid', sentence };
}

/**
 * Configuration (spec/server.md §Configuration): the environment, over one file `sotto.env` of the same names.
 * Every value is checked and every unknown `SOTTO_` name refused, with a sentence that names it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
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
  /** Folder of the built web app; null: none is served. */
  readonly webFolder: string | null;
}

export type ConfigOutcome =
  | { readonly kind: 'valid'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly sentence: string };

type Reader<T> = (text: string) => T | { readonly expected: string };

const readers = {
  SOTTO_HOST: (text: string) =>
    /^[A-Za-z0-9.:_-]+$/.test(text) ? text : { expected: 'a host name or address' },
  SOTTO_PORT: (text: string) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    return port <= 65535 ? port : { expected: 'a port number from 0 to 65535' };
  },
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
  SOTTO_WEB: (text: string) => text,
} satisfies Record<string, Reader<unknown>>;

type Name = keyof typeof readers;
type Value<N extends Name> = Exclude<ReturnType<(typeof readers)[N]>, { expected: string }>;

const configFileName = 'SOTTO_CONFIG';
const defaultConfigFile = 'sotto.env';

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
    webFolder: read('SOTTO_WEB', null),
  };
  return problems.length === 0 ? { kind: 'valid', config } : invalid(problems.join(' '));
}

function readOrigin(text: string): string | { expected: string } {
  const expected = 'an origin such as https://chat.example.org, without a path';
  if (!URL.canParse(text)) return { expected };
  const { protocol, origin, pathname, search, hash } = new URL(text);
  const isBare = pathname === '/' && search === '' && hash === '';
  return isBare && (protocol === 'https:' || protocol === 'http:') ? origin : { expected };
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T | { expected: string } {
  return (text) => values.find((value) => value === text) ?? { expected: `one of ${values.join(', ')}` };
}

function invalid(sentence: string): ConfigOutcome {
  return { kind: 'invalid', sentence };
}

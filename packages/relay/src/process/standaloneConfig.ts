/** Settings of a relay on a machine of its own (docs/operating.md): the environment. */
import { isIP } from 'node:net';
import { defaultRelayLimits } from '../turn/relayLimits.ts';

interface StandaloneConfig {
  /** What it shares with its servers. */
  readonly secret: string;
  /** Where servers reach it. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where calls reach it: IP addresses, and one port number for UDP and TCP. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Names or IP addresses that pages are told to come to; none: those of the machine. */
  readonly announced: readonly string[];
  readonly bytesPerSecond: number;
}

export type StandaloneConfigOutcome =
  | { readonly kind: 'valid'; readonly config: StandaloneConfig }
  /** `sentence` says what is wrong. */
  | { readonly kind: 'invalid'; readonly sentence: string };

const defaultListen = '127.0.0.1:3480';
const defaultPort = '3478';
const everywhere = ['0.0.0.0', '::'];
const leastSecretLength = 32;

const known: ReadonlySet<string> = new Set([
  'SOTTO_RELAY_SECRET',
  'SOTTO_RELAY_LISTEN',
  'SOTTO_HOST',
  'SOTTO_CALLS_PORT',
  'SOTTO_CALLS_HOST',
  'SOTTO_CALLS_RATE',
]);

export function readStandaloneConfig(
  environment: Readonly<Record<string, string | undefined>>,
): StandaloneConfigOutcome {
  const unknown = Object.keys(environment).find((name) => name.startsWith('SOTTO_') && !known.has(name));
  if (unknown !== undefined) return invalid(`The environment sets ${unknown}, which a relay does not know.`);
  const read = (name: string, otherwise: string) => environment[name]?.trim() || otherwise;
  const secret = read('SOTTO_RELAY_SECRET', '');
  if (secret.length < leastSecretLength)
    return invalid(`SOTTO_RELAY_SECRET must be a random text of ${leastSecretLength} characters or more.`);
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(read('SOTTO_RELAY_LISTEN', defaultListen)) ?? [];
  const listen = { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  if (host === '' || !isPort(port))
    return invalid('SOTTO_RELAY_LISTEN must be an address and a port, such as 10.0.0.2:3480.');
  const callsPort = read('SOTTO_CALLS_PORT', defaultPort);
  if (!isPort(callsPort)) return invalid('SOTTO_CALLS_PORT must be a port number from 0 to 65535.');
  const address = read('SOTTO_HOST', '');
  if (address !== '' && isIP(address) === 0) return invalid('SOTTO_HOST must be an IP address.');
  const announced = read('SOTTO_CALLS_HOST', '')
    .split(/[\s,]+/)
    .filter((name) => name !== '');
  if (!announced.every((name) => /^[A-Za-z0-9.:-]+$/.test(name)))
    return invalid('SOTTO_CALLS_HOST must be host names or addresses, separated by spaces.');
  const rate = read('SOTTO_CALLS_RATE', String(defaultRelayLimits.bytesPerSecond));
  if (!/^\d{5,12}$/.test(rate)) return invalid('SOTTO_CALLS_RATE must be a number of bytes, 16000 or more.');
  const addresses = address === '' ? everywhere : [address];
  const config = {
    secret,
    listen,
    addresses,
    announced,
    port: Number(callsPort),
    bytesPerSecond: Number(rate),
  };
  return { kind: 'valid', config };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

function invalid(sentence: string): StandaloneConfigOutcome {
  return { kind: 'invalid', sentence };
}

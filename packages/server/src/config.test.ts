import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function withFile(text: string, environment: Record<string, string> = {}) {
  const path = join(folder, 'sotto.env');
  writeFileSync(path, text);
  return readConfig({ ...environment, SOTTO_CONFIG: path });
}

describe('readConfig', () => {
  it('has defaults for everything', () => {
    expect(withFile('')).toMatchObject({
      kind: 'valid',
      config: { host: '127.0.0.1', port: 8080, dataFolder: './data', origin: null, registration: 'open' },
    });
  });

  it('reads the file, and the environment over it', () => {
    const read = withFile(
      'SOTTO_PORT=9000\nSOTTO_REGISTRATION=invite\nSOTTO_EMBED_ORIGINS="https://a.org https://b.org/"',
      {
        SOTTO_PORT: '9001',
        SOTTO_ORIGIN: 'https://chat.example.org/',
        HOME: '/',
      },
    );
    expect(read).toMatchObject({
      config: {
        port: 9001,
        registration: 'invite',
        origin: 'https://chat.example.org',
        embedOrigins: ['https://a.org', 'https://b.org'],
      },
    });
  });

  it.each([
    ['SOTTO_PORT', '80a80'],
    ['SOTTO_PORT', '70000'],
    ['SOTTO_HOST', 'a b'],
    ['SOTTO_ORIGIN', 'chat.example.org'],
    ['SOTTO_ORIGIN', 'https://chat.example.org/path'],
    ['SOTTO_ORIGIN', 'javascript:alert(1)'],
    ['SOTTO_REGISTRATION', 'closed'],
    ['SOTTO_LOG_LEVEL', 'loud'],
    ['SOTTO_METRICS', 'short'],
    ['SOTTO_EMBED_ORIGINS', 'https://a.org; script-src *'],
    ['SOTTO_TRUST_PROXY', '1'],
    ['SOTTO_CALLS_PORT', 'none'],
    ['SOTTO_CALLS_PORT', '65536'],
    ['SOTTO_CALLS_HOST', 'https://chat.example.org'],
    ['SOTTO_CALLS_PROCESSES', '0'],
    ['SOTTO_CALLS_PROCESSES', '65'],
    ['SOTTO_RELAYS', 'https://relay.example.org'],
    ['SOTTO_RELAYS', 'ws://relay.example.org ws://relay.example.org'],
    ['SOTTO_RELAY_SECRET', 'too short to be random'],
    ['SOTTO_CALLS_RATE', '1 kB'],
    ['SOTTO_TURN_URLS', 'turn:turn.example.org?transport=sctp'],
    ['SOTTO_TURN_URLS', 'https://turn.example.org'],
    ['SOTTO_TURN_SECRET', 'short'],
  ])('refuses %s=%s and says what it must be', (name, value) => {
    const read = withFile('', { [name]: value });
    expect(read).toMatchObject({ kind: 'invalid', sentence: expect.stringMatching(`^${name} must be `) });
  });

  it('reads how calls connect', () => {
    expect(withFile('')).toMatchObject({
      config: { callsPort: 3478, callsHost: null, callsRateBytes: 2_000_000, turnUrls: [], turnSecret: null },
    });
    const urls = 'stun:turn.example.org turns:turn.example.org:443?transport=tcp turn:[2001:db8::1]:3478';
    const others = { SOTTO_TURN_URLS: urls, SOTTO_TURN_SECRET: 'sixteen or longer' };
    expect(withFile('SOTTO_CALLS_PORT=off\nSOTTO_CALLS_RATE=500 kB', others)).toMatchObject({
      config: { callsPort: null, callsRateBytes: 500_000, turnUrls: urls.split(' ') },
    });
    expect(withFile('SOTTO_CALLS_PORT=0\nSOTTO_CALLS_HOST=2001:db8::1')).toMatchObject({
      config: { callsPort: 0, callsHost: '2001:db8::1' },
    });
    expect(withFile('SOTTO_TURN_URLS=stun:stun.example.org')).toMatchObject({ kind: 'valid' });
    expect(withFile('SOTTO_TURN_URLS=turn:turn.example.org')).toMatchObject({
      kind: 'invalid',
      sentence: expect.stringContaining('SOTTO_TURN_SECRET'),
    });
  });

  it('reads which relays there are', () => {
    expect(withFile('')).toMatchObject({ config: { callsProcesses: 1, relays: [], relaySecret: null } });
    const relays = 'SOTTO_RELAYS="wss://one.example.org ws://10.0.0.2:3480"';
    expect(withFile(`${relays}\nSOTTO_CALLS_PROCESSES=4`)).toMatchObject({
      kind: 'invalid',
      sentence: expect.stringContaining('SOTTO_RELAY_SECRET'),
    });
    expect(withFile(`${relays}\nSOTTO_RELAY_SECRET=${'x'.repeat(32)}`)).toMatchObject({
      config: { relays: ['wss://one.example.org', 'ws://10.0.0.2:3480'], relaySecret: 'x'.repeat(32) },
    });
  });

  it('refuses names it does not know, and a file that is not there', () => {
    expect(withFile('SOTTO_PROT=1')).toMatchObject({ sentence: expect.stringContaining('SOTTO_PROT') });
    expect(withFile('PORT=1')).toMatchObject({ sentence: expect.stringContaining('PORT') });
    expect(withFile('', { SOTTO_PROT: '1' })).toMatchObject({
      sentence: expect.stringContaining('SOTTO_PROT'),
    });
    const missing = readConfig({ SOTTO_CONFIG: join(folder, 'missing.env') });
    expect(missing).toMatchObject({ sentence: expect.stringContaining('does not exist') });
  });
});

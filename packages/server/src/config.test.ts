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
  ])('refuses %s=%s and says what it must be', (name, value) => {
    const read = withFile('', { [name]: value });
    expect(read).toMatchObject({ kind: 'invalid', sentence: expect.stringMatching(`^${name} must be `) });
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

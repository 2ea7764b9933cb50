import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../systemPorts.ts';
import { startTestServer, type TestServer } from '../testing/testServer.ts';
import { listenForOperator, operatorSocketPath } from './operatorSocket.ts';

const run = promisify(execFile);
const command = fileURLToPath(new URL('../resetAccount.ts', import.meta.url));

let dataFolder: string;
let server: TestServer;
let operator: { close(): void } | null;
beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'sotto-operator-'));
  server = await startTestServer();
  await server.join('ann');
});
afterEach(() => {
  operator?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

function listen(): void {
  const options = { dataFolder, address: 'https://sotto.example', logger: silentLogger };
  operator = listenForOperator(server.service, options);
}

/** What comes back for these bytes; empty where the other end hangs up. */
async function say(text: string): Promise<string> {
  await expect
    .poll(
      () =>
        new Promise((resolve) => {
          const probe = connect(operatorSocketPath(dataFolder), () => resolve(probe.destroy() && true));
          probe.on('error', () => resolve(false));
        }),
    )
    .toBe(true);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(operatorSocketPath(dataFolder));
    socket.setEncoding('utf8');
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}

function reset(...args: string[]) {
  const env = { ...process.env, SOTTO_DATA: dataFolder };
  return run(process.execPath, [command, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
  );
}

describe("the operator's socket", () => {
  it('gives a link for an account, and a sentence for anything else', async () => {
    listen();
    const link = /^\{"kind":"link","link":"https:\/\/sotto\.example\/#reset=[\w-]{22}"\}\n$/;
    expect(await say('{"reset":"Ann"}\n')).toMatch(link);
    expect(await say('{"reset":"nobody"}\n')).toContain('There is no account @nobody');
    for (const bad of ['\n', 'null\n', '[]\n', '{}\n', '{"reset":7}\n', '{"reset":"; rm -rf"}\n', '{{{\n']) {
      expect(await say(bad)).toContain('not a possible username');
    }
    expect(await say('x'.repeat(2000))).toBe('');
    expect(await say('{"reset":"ann"}\n')).toMatch(link);
  });

  it('is asked by the command, which says what is wrong', async () => {
    expect(await reset('ann')).toMatchObject({
      code: 1,
      text: expect.stringContaining('No server is running'),
    });
    // A socket that a killed server left is taken over.
    writeFileSync(operatorSocketPath(dataFolder), '');
    listen();
    await say('\n');
    const printed = await reset('ann');
    expect(printed).toMatchObject({ code: 0 });
    expect(printed.text).toMatch(/works once, within a day:\nhttps:\/\/sotto\.example\/#reset=[\w-]{22}\n$/);
    expect(await reset('nobody')).toMatchObject({ code: 1 });
    expect(await reset()).toMatchObject({ code: 1, text: expect.stringContaining('Say whose') });
  });
});

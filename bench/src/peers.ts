/** Comparable systems, in a package of their own (bench/peers) that is installed only to be measured beside. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runInChromium } from '@sotto/testkit/chromiumRun';

const peersFolder = fileURLToPath(new URL('../peers', import.meta.url));

/** Microseconds a message. */
export interface PeerTimes {
  readonly protect: number;
  readonly unprotect: number;
}

export function installPeers(): void {
  if (existsSync(join(peersFolder, 'node_modules/ts-mls'))) return;
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
      cwd: peersFolder,
    });
  } catch (error) {
    leftOut('The systems in bench/peers', error);
  }
}

export function leftOut(what: string, error: unknown): void {
  const [reason] = String(error instanceof Error ? error.message : error).split('\n');
  console.error(`${what}: not measured (${reason})`);
}

export function versionOf(name: string): string {
  try {
    const text = readFileSync(join(peersFolder, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return '';
  }
}

/** Runs a peer in a Node process of its own; null, and a word about it, where that fails. */
export function runPeer(name: string, file: string, rounds: number, perRound: number): PeerTimes | null {
  try {
    const args = [`src/${file}`, String(rounds), String(perRound)];
    return JSON.parse(
      execFileSync(process.execPath, args, { cwd: peersFolder, encoding: 'utf8' }),
    ) as PeerTimes;
  } catch (error) {
    leftOut(name, error);
    return null;
  }
}

/** The same in Chromium: the peer's default export. */
export async function runChromiumPeer(
  name: string,
  file: string,
  context: 'page' | 'worker',
  messages: number,
): Promise<PeerTimes | null> {
  try {
    const entry = pathToFileURL(join(peersFolder, 'src', file));
    return await runInChromium<PeerTimes>({ entry, input: { rounds: 3, messages }, context });
  } catch (error) {
    leftOut(name, error);
    return null;
  }
}

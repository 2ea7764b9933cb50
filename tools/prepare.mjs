// Shared by `npm start` and `npm test`. Runs on any Node from 20 up, before anything is installed, so it uses
// nothing but Node itself and is plain JavaScript.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The Node that the project runs on, whatever Node started this. */
export const node = join(root, 'node_modules', 'node', 'bin', 'node');

const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a command to its end with output on standard error; exits with its code where it fails. */
export function runOrExit(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (result.status === 0) return;
  say(result.error ? `${command}: ${result.error.message}` : `${command} ${args.join(' ')} failed.`);
  process.exit(result.status ?? 1);
}

/** Installs the locked dependencies where they are missing or the lock file has changed since. */
export function install() {
  const stamp = join(root, 'node_modules', '.sotto-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing dependencies …');
  // Not `npm ci`: it refuses a lock file made where a registry lacks other platforms' optional packages. What the
  // lock file names is installed as locked either way, and it is not rewritten.
  runOrExit('npm', ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (!/\.test\.tsx?$/.test(entry.name)) yield path;
  }
}

/** Builds the web app where its sources have changed since it was last built. */
export function buildWebApp() {
  const stamp = join(root, 'apps', 'web', 'dist', '.sources');
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const files = ['packages', 'apps/web'].flatMap((folder) => [...filesBelow(join(root, folder))]);
  for (const file of files.sort()) hash.update(relative(root, file)).update(readFileSync(file));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Building the web app …');
  runOrExit('npm', ['run', 'build', '--silent', '-w', '@sotto/web']);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

const chromiumPlaces = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Finds Chromium for the browser tests; installs Debian's package where it may; else says what is missing. */
export function findChromium() {
  const find = () => chromiumPlaces.find((path) => path && existsSync(path) && statSync(path).isFile());
  const found = find();
  if (found) return found;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    say('Installing Chromium for the browser tests …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    runOrExit('apt-get', ['update', '-qq'], { env });
    runOrExit('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
    const installed = find();
    if (installed) return installed;
  }
  say('The browser tests need Chromium: install it, or name its executable in CHROMIUM_PATH.');
  process.exit(1);
}

/** Starts a program of this project on its own Node, in the foreground, handing signals on. Resolves to its exit code. */
export function runOnNode(args, env = {}) {
  const child = spawn(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}`, ...env },
  });
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1));
    });
  });
}

/** What tests of the whole product share: the built app, the real server as a process, browsers, and who uses them. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeSotto, openSotto } from '@sotto/sdk/node';
import { type ServerProcess, startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type AppFolder, builtApp } from '../testing/builds/buildApp.ts';
import { Person } from './person.ts';

const resultsFolder = path.resolve(import.meta.dirname, '../../../../test-results');
const patienceMs = 30_000;
const nodePassword = 'ample copper window quilt river';

export interface Product {
  readonly browser: Browser;
  readonly server: ServerProcess;
  /** Someone in a browser of their own, at the server's address or at another one. */
  open(name: string, address?: string): Promise<Person>;
  /** The same account in a browser that knows nothing of it. */
  openElsewhere(name: string, password: string): Promise<Person>;
  /** Closes someone's browser. */
  leave(person: Person): Promise<void>;
  /** A new context that is watched for complaints, and closed after the test. */
  newContext(browser?: Browser): Promise<BrowserContext>;
  /** Someone else, in Node, with a new account; or again, with the one that was made there. */
  openNode(username: string, account?: 'new' | 'existing'): Promise<NodeSotto>;
}

/**
 * Serves the product to the tests of one file, from before the first to after the last. After each test everybody leaves,
 * and no page may have complained: `expected` is what the browser says by itself where a test has something go wrong. `flags` are the browser's,
 * `settings` the server's.
 */
export function serveProduct(
  expected: RegExp | null = null,
  flags: readonly string[] = [],
  settings: Record<string, string> = {},
): Product {
  let started: { browser: Browser; app: AppFolder; server: ServerProcess; nodeFolder: string } | null = null;
  let contexts: BrowserContext[] = [];
  let people: Person[] = [];
  let complaints: string[] = [];
  const nodes: NodeSotto[] = [];
  const running = () => {
    if (started === null) throw new Error('The product is not served');
    return started;
  };

  beforeAll(async () => {
    const [browser, app] = await Promise.all([launchChromium({ flags }), builtApp('product')]);
    const nodeFolder = await mkdtemp(path.join(tmpdir(), 'sotto-nodes-'));
    const server = await startServerProcess({ SOTTO_WEB: app.folder, ...settings });
    started = { browser, app, server, nodeFolder };
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await photograph(people);
    for (const context of contexts) await context.close();
    const found = complaints;
    [contexts, people, complaints] = [[], [], []];
    expect(found).toEqual([]);
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
    if (started === null) return;
    await started.browser.close();
    await started.server.remove();
    await started.app.release();
    await rm(started.nodeFolder, { recursive: true, force: true });
  });

  const newContext = async (browser = running().browser): Promise<BrowserContext> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    context.setDefaultTimeout(patienceMs);
    const { origin: own } = new URL(running().server.address);
    context.on('page', (page) => {
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        const isExpected = message.type() !== 'error' || expected?.test(message.text()) === true;
        if (!isExpected) complaints.push(message.text());
      });
      page.on('request', (request) => {
        const { origin, protocol } = new URL(request.url());
        if (origin !== own && !/^(blob|data):$/.test(protocol)) complaints.push(`request to ${origin}`);
      });
    });
    contexts.push(context);
    return context;
  };
  const open = async (name: string, address = running().server.address): Promise<Person> => {
    const context = await newContext();
    const person = new Person(name, context, await context.newPage());
    await person.page.goto(address);
    people.push(person);
    return person;
  };
  return {
    get browser() {
      return running().browser;
    },
    get server() {
      return running().server;
    },
    newContext,
    open,
    openElsewhere: async (name, password) => {
      const person = await open(name);
      await person.page.getByRole('button', { name: 'I have an account' }).click();
      await person.page.getByLabel('Username').fill(name);
      await person.signIn(password);
      return person;
    },
    leave: async (person) => {
      await person.context.close();
      people = people.filter((one) => one !== person);
      contexts = contexts.filter((one) => one !== person.context);
    },
    openNode: async (username, account = 'new') => {
      const { server, nodeFolder } = running();
      const node = await openSotto({ server: server.address, dataFolder: path.join(nodeFolder, username) });
      nodes.push(node);
      if (account === 'existing') return node;
      const registered = await node.register({ username, password: nodePassword });
      if (registered.kind !== 'ok') throw new Error(registered.problem.kind);
      return node;
    },
  };
}

async function photograph(people: readonly Person[]): Promise<void> {
  await mkdir(resultsFolder, { recursive: true });
  for (const { name, page } of people) {
    if (!page.isClosed()) await page.screenshot({ path: path.join(resultsFolder, `product-${name}.png`) });
  }
}

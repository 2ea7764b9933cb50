/** A browser that deletes what was stored in it, as browsers do when space runs out. Built app, real server. */
import { rm } from 'node:fs/promises';
import { type ServerProcess, startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProduct } from './buildProduct.ts';
import { Person } from './person.ts';

let browser: Browser;
let webFolder: string;
let server: ServerProcess;
beforeAll(async () => {
  [browser, webFolder] = await Promise.all([launchChromium(), buildProduct()]);
  server = await startServerProcess({ SOTTO_WEB: webFolder });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  if (webFolder !== undefined) await rm(webFolder, { recursive: true, force: true });
});

describe('after the browser deleted its storage', () => {
  it('says so, brings everything back, and the lost device leaves the account', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    context.setDefaultTimeout(30_000);
    const ada = new Person('ada', context, await context.newPage());
    await ada.page.goto(server.address);
    const password = await ada.createAccount();
    await ada.find('ada');
    await ada.write('Not only here');
    await ada.tick('Not only here', 'Read').waitFor();
    await ada.page.close();

    const bare = await context.newPage();
    // A page of the same origin without the app in it.
    await bare.goto(`${server.address}/health`);
    const deleteAll = async (): Promise<number> => {
      const root = await navigator.storage.getDirectory();
      let left = 0;
      for await (const name of (
        root as FileSystemDirectoryHandle & { keys(): AsyncIterable<string> }
      ).keys()) {
        await root.removeEntry(name, { recursive: true }).catch(() => {
          left += 1;
        });
      }
      return left;
    };
    // Until the closed page's worker has let go of its files.
    await expect.poll(() => bare.evaluate(deleteAll)).toBe(0);
    await bare.close();

    ada.page = await context.newPage();
    await ada.page.goto(server.address);
    await ada.page.getByText('This browser has deleted what Sotto had stored in it').waitFor();
    await ada.page.getByText('@ada').waitFor();
    await ada.signIn(password);
    await ada.chat('Notes to yourself').click();
    await ada.bubble('Not only here').waitFor();
    await ada.settings('devices');
    const devices = ada.page.locator('.devices > li');
    await expect.poll(() => devices.count()).toBeGreaterThan(0);
    // The lost one goes when there is nothing more urgent to do; the page is opened anew to see it.
    await expect
      .poll(
        async () => {
          await ada.page.evaluate(() => {
            location.hash = '#/settings/security';
          });
          await ada.settings('devices');
          await devices.first().waitFor();
          return devices.count();
        },
        { timeout: 60_000, interval: 1000 },
      )
      .toBe(1);
    await context.close();
  });
});

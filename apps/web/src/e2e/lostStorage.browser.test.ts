/** A browser that deletes what was stored in it, as browsers do when space runs out. Built app, real server. */
import { describe, expect, it } from 'vitest';
import { serveProduct } from './serveProduct.ts';

// The bare page asks for an icon that is not there.
const product = serveProduct(/status of 404/);

describe('after the browser deleted its storage', () => {
  it('says so, brings everything back, and the lost device leaves the account', async () => {
    const ada = await product.open('ada');
    const { context } = ada;
    const password = await ada.createAccount();
    await ada.find('ada');
    await ada.write('Not only here');
    await ada.tick('Not only here', 'Read').waitFor();
    await ada.page.close();

    const bare = await context.newPage();
    // A page of the same origin without the app in it.
    await bare.goto(`${product.server.address}/health`);
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
    await ada.page.goto(product.server.address);
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
  });
});

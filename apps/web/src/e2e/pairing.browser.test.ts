/**
 * A browser that is added by the QR code it shows, which another one reads with its camera. Built app, real server; the
 * camera is Chromium's own fake one, and its picture is what the new browser had on its screen.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const picture = { width: 640, height: 480 };

const product = serveProduct(/status of 40[0-9]/);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sotto-camera-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A camera held at the code on the page's screen, as the film of a fake one: one frame of YUV4MPEG2. */
async function film(page: Page): Promise<string> {
  const png = await page.locator('.pairing-code').screenshot();
  const blank = await page.context().newPage();
  const luma = await blank.evaluate(
    async ({ base64, width, height }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d')!;
      const scale = Math.min(width / image.width, height / image.height);
      const [drawnWidth, drawnHeight] = [image.width * scale, image.height * scale];
      context.drawImage(image, (width - drawnWidth) / 2, (height - drawnHeight) / 2, drawnWidth, drawnHeight);
      const { data } = context.getImageData(0, 0, width, height);
      // The page is nearly grey: its green is as bright as it is.
      return Array.from({ length: width * height }, (_, at) => data[at * 4 + 1]!);
    },
    { base64: png.toString('base64'), ...picture },
  );
  await blank.close();
  const { width, height } = picture;
  const file = path.join(folder, 'camera.y4m');
  const chroma = Buffer.alloc((width * height) / 2, 128);
  const head = `YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\nFRAME\n`;
  await writeFile(file, Buffer.concat([Buffer.from(head), Buffer.from(luma), chroma]));
  return file;
}

describe('a new browser', () => {
  it('is added by the code it shows, and nothing is typed there', async () => {
    const added = await product.open('ada');
    await added.page.getByRole('button', { name: 'I have an account' }).click();
    await added.page.getByRole('button', { name: 'Sign in with another device' }).click();
    await added.page.getByText('Waiting for the other device').waitFor();

    const withCamera = await launchChromium({
      flags: [
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${await film(added.page)}`,
      ],
    });
    try {
      const context = await product.newContext(withCamera);
      const ada = new Person('ada', context, await context.newPage());
      await ada.page.goto(product.server.address);
      const password = await ada.createAccount();
      await ada.find('ada');
      await ada.write('Said before you came');
      await ada.settings('devices');
      await ada.page.getByRole('button', { name: 'Add a device' }).click();
      await ada.page.getByText(/^Add \w+ on Linux\?$/).waitFor();
      await ada.page.getByLabel('Current password').fill('not the password');
      await ada.page.getByRole('button', { name: 'Add device' }).click();
      await ada.page.getByText('Wrong password').waitFor();
      await ada.page.getByLabel('Current password').fill(password);
      await ada.page.getByRole('button', { name: 'Add device' }).click();
      await ada.page.getByText('Device added').waitFor();
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
      await expect.poll(() => ada.page.locator('.devices > li').count()).toBe(2);

      await added.chat('Notes to yourself').click();
      await added.bubble('Said before you came').waitFor();
      await added.write('And this after');
      await ada.page.evaluate(() => {
        location.hash = '#/';
      });
      await ada.chat('Notes to yourself').click();
      await ada.bubble('And this after').waitFor();
    } finally {
      await withCamera.close();
    }
  });
});

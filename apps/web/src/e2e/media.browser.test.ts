/** Attachments in the whole product: sealed, uploaded, fetched and shown by real browsers over the real server. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngFile } from '../testing/mediaScreens.ts';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct(null, [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]);
let folder = '';
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sotto-media-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function twoPeople(): Promise<[Person, Person]> {
  made += 1;
  const [ada, ben] = await Promise.all([product.open(`adam${made}`), product.open(`benm${made}`)]);
  await ada.createAccount();
  await ben.createAccount();
  await ada.find(ben.name);
  await ada.write('Hello from Ada');
  await ben.chat(ada.name).click();
  await ben.bubble('Hello from Ada').waitFor();
  return [ada, ben];
}

const photosInput = (page: Page): Locator => page.locator('input[type="file"][accept="image/*,video/*"]');
const filesInput = (page: Page): Locator => page.locator('input[type="file"][aria-label="Files"]');

async function send(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

const sha256 = (value: Buffer): string => createHash('sha256').update(value).digest('hex');

/** A recording of nothing: 16 bit, one channel, 48,000 a second. */
function silence(seconds: number): Buffer {
  const [rate, width] = [48_000, 2];
  const dataSizeBytes = seconds * rate * width;
  const wav = Buffer.alloc(44 + dataSizeBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + dataSizeBytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * width, 28);
  wav.writeUInt16LE(width, 32);
  wav.writeUInt16LE(8 * width, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(dataSizeBytes, 40);
  return wav;
}

/** A video of noise, which does not shrink: some megabytes. */
async function videoFile(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const context = canvas.getContext('2d')!;
    const noise = context.createImageData(640, 360);
    const recorder = new MediaRecorder(canvas.captureStream(20), {
      mimeType: 'video/webm',
      videoBitsPerSecond: 12_000_000,
    });
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.start();
    const beginMs = performance.now();
    const paint = (): void => {
      for (let at = 0; at < noise.data.length; at += 65_536) {
        crypto.getRandomValues(noise.data.subarray(at, at + 65_536));
      }
      context.putImageData(noise, 0, 0);
      if (performance.now() - beginMs < 4000) requestAnimationFrame(paint);
      else recorder.stop();
    };
    paint();
    await stopped;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return bytes.toBase64();
  });
  return { name: 'Noise.webm', mimeType: 'video/webm', buffer: Buffer.from(base64, 'base64') };
}

describe('two people send each other', () => {
  it('a photo, which is shown, kept in the gallery, and saved', async () => {
    const [ada, ben] = await twoPeople();
    await photosInput(ada.page).setInputFiles([await pngFile(ada.page, 'quay.png', 3000, 2000)]);
    await ada.page.getByRole('textbox', { name: 'Caption' }).fill('The quay');
    await send(ada.page);
    await ben.page.locator('.photoGrid img:not(.picture-blur)').first().waitFor();
    await ben.bubble('The quay').waitFor();
    await ben.page.getByRole('button', { name: 'Open Photo' }).click();
    const photo = ben.page.locator('.viewer-photo:not([data-small="true"])');
    await photo.waitFor();
    const width = await photo.evaluate((image) => (image as HTMLImageElement).naturalWidth);
    expect(width).toBe(2048);
    const saving = ben.page.waitForEvent('download');
    await ben.page.getByRole('button', { name: 'Save', exact: true }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('quay.webp');
    const start = (await readFile(await saved.path())).subarray(0, 4).toString('latin1');
    expect(start).toBe('RIFF');
    await ben.page.keyboard.press('Escape');
    await ben.page.getByRole('button', { name: 'Photos, files and links' }).click();
    await ben.page.locator('.gallery-tile').waitFor();
    // It is there after a reload, and at the sender's as well.
    await ben.page.reload();
    await ben.page.locator('.photoGrid img:not(.picture-blur)').first().waitFor();
    await ada.page.locator('.photoGrid img:not(.picture-blur)').first().waitFor();
  });

  it('a video, which plays while it is fetched', async () => {
    const [ada, ben] = await twoPeople();
    const video = await videoFile(ada.page);
    expect(video.buffer.length).toBeGreaterThan(1024 * 1024);
    await photosInput(ada.page).setInputFiles([video]);
    await send(ada.page);
    await ben.page.getByRole('button', { name: /^Open Video/ }).click();
    const player = ben.page.locator('.viewer-video');
    await expect
      .poll(() => player.evaluate((element) => (element as HTMLVideoElement).currentTime))
      .toBeGreaterThan(0);
    await expect.poll(() => player.getAttribute('src')).toMatch(/^\/media\/[0-9a-f]{32}$/);
    // The middle of it, which was not read yet.
    await player.evaluate((element) => {
      (element as HTMLVideoElement).currentTime = 2;
    });
    await expect
      .poll(() => player.evaluate((element) => (element as HTMLVideoElement).currentTime))
      .toBeGreaterThan(2);
  });

  it('a voice message, which is heard', async () => {
    const [ada, ben] = await twoPeople();
    await ada.page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
    await expect.poll(() => ada.page.getByRole('timer').textContent()).toBe('0:02');
    await ada.page.getByRole('button', { name: 'Send voice message' }).click();
    await ben.page.locator('.voiceRow').getByRole('button', { name: 'Play' }).click();
    const position = ben.page.locator('.player small');
    await expect.poll(() => position.textContent()).toMatch(/^0:01 of/);
    await ben.chat(ada.name).getByText('Voice message').waitFor();
  });

  it('a file, paused and reloaded in the middle, which arrives as it was', async () => {
    const [ada, ben] = await twoPeople();
    const bytes = randomBytes(96 * 1024 * 1024);
    const file = path.join(folder, 'Large file.bin');
    await writeFile(file, bytes);
    await filesInput(ada.page).setInputFiles(file);
    await send(ada.page);
    const row = ada.page.locator('.fileRow');
    await row.getByRole('button', { name: 'Pause: Large file.bin' }).click();
    await row.getByText('Paused at').waitFor();
    await ada.page.reload();
    await row.getByText('Paused at').waitFor();
    await expect.poll(() => ben.page.locator('.fileRow').count()).toBe(0);
    // What is written meanwhile does not wait for it.
    await ada.write('The file follows');
    await ben.bubble('The file follows').waitFor();
    await row.getByRole('button', { name: 'Go on: Large file.bin' }).click();
    const saving = ben.page.waitForEvent('download', { timeout: 120_000 });
    await ben.page.getByRole('button', { name: 'Save Large file.bin' }).click({ timeout: 120_000 });
    const saved = await (await saving).path();
    expect(sha256(await readFile(saved))).toBe(sha256(bytes));
  });

  it('a file, reloaded in the middle of a part: what the server has is not sent again', async () => {
    const [ada, ben] = await twoPeople();
    const file = path.join(folder, 'Resumed.bin');
    const bytes = randomBytes(24 * 1024 * 1024);
    await writeFile(file, bytes);
    const partsBefore = 3;
    const sent: { from: number; to: number }[] = [];
    let isHolding = true;
    let isHeld = false;
    await ada.context.route('**/api/v1/uploads', async (route) => {
      const request = route.request();
      if (request.method() !== 'PATCH') return route.continue();
      // From the fourth part on nothing arrives, until the page is reloaded.
      if (isHolding && sent.length === partsBefore) {
        isHeld = true;
        return;
      }
      const from = Number(await request.headerValue('upload-offset'));
      const response = await route.fetch();
      sent.push({ from, to: Number(response.headers()['upload-offset']) });
      return route.fulfill({ response });
    });
    await filesInput(ada.page).setInputFiles(file);
    await send(ada.page);
    await expect.poll(() => isHeld).toBe(true);
    const arrived = sent[partsBefore - 1]!.to;
    expect(arrived).toBeGreaterThan(1024 * 1024);
    expect(arrived).toBeLessThan(bytes.length);
    isHolding = false;
    await ada.page.reload();
    const saving = ben.page.waitForEvent('download', { timeout: 120_000 });
    await ben.page.getByRole('button', { name: 'Save Resumed.bin' }).click({ timeout: 120_000 });
    expect(sha256(await readFile(await (await saving).path()))).toBe(sha256(bytes));
    // Each part begins where the one before it ended, over the reload too.
    expect(sent.map(({ from }) => from)).toEqual([0, ...sent.slice(0, -1).map(({ to }) => to)]);
    expect(sent[partsBefore]!.from).toBe(arrived);
  });

  it('a long recording, of which the end plays before the rest was fetched', async () => {
    const [ada, ben] = await twoPeople();
    const wav = silence(240);
    let fetchedBytes = 0;
    ben.context.on('request', (request) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers().range ?? '') ?? [];
      if (request.url().includes('/api/v1/blobs/')) fetchedBytes += Number(to) - Number(from) + 1;
    });
    const streamed = ben.page.waitForRequest(/\/media\/[0-9a-f]{32}$/, { timeout: 120_000 });
    await filesInput(ada.page).setInputFiles({ name: 'Long.wav', mimeType: 'audio/wav', buffer: wav });
    await send(ada.page);
    await ben.page.locator('.voiceRow').getByRole('button', { name: 'Play' }).click({ timeout: 120_000 });
    const address = new URL((await streamed).url()).pathname;
    const played = await ben.page.evaluate(async (source) => {
      const video = document.createElement('video');
      video.muted = true;
      video.src = source;
      const happens = (name: string) => new Promise((resolve) => video.addEventListener(name, resolve));
      const known = happens('loadedmetadata');
      document.body.append(video);
      await known;
      const sought = happens('seeked');
      video.currentTime = video.duration - 2;
      await sought;
      const over = happens('ended');
      await video.play();
      await over;
      video.remove();
      return { duration: video.duration, end: video.currentTime };
    }, address);
    expect(played.duration).toBeCloseTo(240, 0);
    expect(played.end).toBeCloseTo(240, 0);
    expect(fetchedBytes).toBeGreaterThan(0);
    expect(fetchedBytes).toBeLessThan(wav.length / 2);
  });

  it('a page and an SVG with scripts, which are saved and run nowhere', async () => {
    const [ada, ben] = await twoPeople();
    const script = 'globalThis.opener?.postMessage("ran"); document.title = "ran"';
    for (const [name, mimeType, text] of [
      ['Page.html', 'text/html', `<!doctype html><script>${script}</script>`],
      [
        'Drawing.svg',
        'image/svg+xml',
        `<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`,
      ],
    ] as const) {
      await filesInput(ada.page).setInputFiles({ name, mimeType, buffer: Buffer.from(text) });
      await send(ada.page);
      const asked = ben.page.waitForRequest(/\/media\/[0-9a-f]{32}$/);
      const saving = ben.page.waitForEvent('download');
      await ben.page.getByRole('button', { name: `Save ${name}` }).click();
      const address = new URL((await asked).url()).pathname;
      const saved = await saving;
      expect(saved.suggestedFilename()).toBe(name);
      expect(await readFile(await saved.path(), 'utf8')).toBe(text);
      const headers = await ben.page.evaluate(
        async (url) => Object.fromEntries((await fetch(url)).headers),
        address,
      );
      expect(headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': expect.stringMatching(/^attachment;/),
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      });
      // Nor as a page of its own: it is saved again.
      const page = await ben.context.newPage();
      const again = page.waitForEvent('download');
      await page.goto(address.replace(/^/, product.server.address)).catch(() => undefined);
      await again;
      expect(await page.title()).toBe('');
      await page.close();
    }
  });

  it('a photo to view twice, counted on both sides and over a reload, and gone after the second time', async () => {
    const [ada, ben] = await twoPeople();
    await photosInput(ada.page).setInputFiles([await pngFile(ada.page, 'twice.png', 400, 300)]);
    await ada.page.getByLabel('Limit views').selectOption('2 times');
    await send(ada.page);
    const look = async (close: string): Promise<void> => {
      await ben.page.getByRole('button', { name: 'Open', exact: true }).click();
      await ben.page.getByRole('button', { name: 'Open now' }).click();
      await ben.page.locator('.viewer-photo').waitFor();
      await ben.page.getByRole('button', { name: close, exact: true }).click();
    };
    await look('Close');
    await ada.page.getByText('Opened 1 of 2 times').waitFor();
    await ben.page.reload();
    await ben.page.getByText('1 of 2 left').waitFor();
    await look('Close for good');
    const over = (page: Page): Promise<void> => page.locator('.limitedRow[data-over="true"]').waitFor();
    await over(ben.page);
    await over(ada.page);
    await ben.page.reload();
    await over(ben.page);
    await expect.poll(() => ben.page.getByRole('button', { name: 'Open', exact: true }).count()).toBe(0);
  });

  it('a sticker', async () => {
    const [ada, ben] = await twoPeople();
    await ada.page.locator('.composer-emoji').click();
    await ada.page.getByRole('tab', { name: 'Stickers' }).click();
    await ada.page.getByRole('button', { name: 'Send sticker: ⛵' }).click();
    await ben.page.locator('.media-sticker').getByRole('img', { name: 'Sticker: ⛵' }).waitFor();
  });
});

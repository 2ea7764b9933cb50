/** Attachments as people send them, with what must not harm: bombs, scripts, wrong types, damaged files, odd names. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { pngFile } from '../testing/mediaScreens.ts';
import { writeExifOrientation } from './prepare/exif.ts';
import { jpegSegment, png, text } from './prepare/testing/madePictures.ts';
import { photosInput, send, sentFiles, serveChats, tray } from './testing/serveChats.ts';

const inChat = serveChats();

interface GivenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const anyInput = (page: Page): Locator => page.locator('input[type="file"][aria-label="Files"]');

/** A photo as a camera writes it: turned, with the place, and with something behind its end. */
async function photoWithPlace(page: Page, orientation: number): Promise<GivenFile> {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(60, 30);
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#c33';
    context.fillRect(0, 0, 60, 30);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  const exif = [...text('Exif\0\0'), ...writeExifOrientation(orientation), ...text('GPSLatitude 59.9139')];
  const whole = [...bytes.slice(0, 2), ...jpegSegment(0xe1, exif), ...bytes.slice(2), ...text('GPS behind')];
  return { name: 'IMG_0001.JPG', mimeType: 'image/jpeg', buffer: Buffer.from(whole) };
}

describe('photos', () => {
  it('go shrunk, turned upright, and without the place', async () => {
    await inChat('shrunk', 'quiet', async (page) => {
      await photosInput(page).setInputFiles([
        await photoWithPlace(page, 6),
        await pngFile(page, 'wide.png', 3000, 1500),
      ]);
      await tray(page).getByRole('textbox', { name: 'Caption' }).fill('From the quay');
      await send(page);
      await page.locator('.photoGrid[data-count="2"]').waitFor();
      await page.getByText('From the quay').first().waitFor();
      const [turned, wide] = await sentFiles(page);
      expect(turned).toMatchObject({ kind: 'photo', width: 30, height: 60, mediaType: 'image/jpeg' });
      expect(turned?.bytes.includes('GPS')).toBe(false);
      expect(wide).toMatchObject({ kind: 'photo', width: 2048, height: 1024, name: 'wide.webp' });
      expect(wide?.thumbnail).toBeGreaterThan(0);
      expect(wide?.thumbnail).toBeLessThanOrEqual(16 * 1024);
      expect(wide?.placeholder).toBeGreaterThan(5);
    });
  });

  it('go in their original size without the place, every pixel as it was', async () => {
    await inChat('original', 'quiet', async (page) => {
      const given = await photoWithPlace(page, 6);
      await photosInput(page).setInputFiles([given, await pngFile(page, 'wide.png', 3000, 1500)]);
      await tray(page).getByRole('radio', { name: 'Original size' }).click();
      await send(page);
      const [turned, wide] = await sentFiles(page);
      expect(turned?.bytes.includes('GPS')).toBe(false);
      // Only its orientation is still said: nothing was encoded anew.
      expect(turned).toMatchObject({ width: 30, height: 60 });
      expect(turned?.bytes.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
      const scan = given.buffer.indexOf(Buffer.from([0xff, 0xda]));
      expect(turned?.bytes.includes(given.buffer.subarray(scan, given.buffer.indexOf('GPS behind')))).toBe(
        true,
      );
      expect(wide).toMatchObject({ width: 3000, height: 1500, mediaType: 'image/png' });
    });
  });

  it('go as files exactly as they are', async () => {
    await inChat('as-file', 'quiet', async (page) => {
      const given = await photoWithPlace(page, 1);
      await photosInput(page).setInputFiles([given]);
      await tray(page).getByRole('radio', { name: 'As files' }).click();
      await tray(page).getByText('photos may say where they were taken').waitFor();
      await send(page);
      const [file] = await sentFiles(page);
      expect(file).toMatchObject({ kind: 'file', name: 'IMG_0001.JPG' });
      expect(file?.bytes.equals(given.buffer)).toBe(true);
    });
  });

  it('go many in one message, with small pictures that fit in it', async () => {
    await inChat('many', 'quiet', async (page) => {
      const files = await Promise.all(
        Array.from({ length: 9 }, (_, index) => pngFile(page, `p${index}.png`, 400, 300)),
      );
      await photosInput(page).setInputFiles(files);
      await tray(page).getByRole('button', { name: 'Take out p3.png' }).click();
      await send(page);
      const sent = await sentFiles(page);
      expect(sent.map(({ name }) => name)).not.toContain('p3.webp');
      expect(sent).toHaveLength(8);
      expect(Math.max(...sent.map(({ thumbnail }) => thumbnail))).toBeLessThanOrEqual(2048);
      await page.getByText('+4').waitFor();
    });
  });

  it('come by paste and by drop, and a missed drop leaves the app alone', async () => {
    await inChat('paste', 'quiet', async (page) => {
      const give = (kind: 'paste' | 'drop'): Promise<void> =>
        page.evaluate(async (how) => {
          const canvas = new OffscreenCanvas(20, 20);
          canvas.getContext('2d')!.fillRect(0, 0, 20, 20);
          const data = new DataTransfer();
          data.items.add(new File([await canvas.convertToBlob()], `${how}.png`, { type: 'image/png' }));
          const target = document.querySelector(how === 'paste' ? '#composer' : '.thread-scroller')!;
          if (how === 'paste') {
            target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
            return;
          }
          for (const type of ['dragenter', 'dragover']) {
            target.dispatchEvent(
              new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
            );
          }
          if (document.querySelector('.dropOverlay') === null) await new Promise(requestAnimationFrame);
          target.dispatchEvent(
            new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
          );
          const miss = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
          document.querySelector('.list')!.dispatchEvent(miss);
          if (!miss.defaultPrevented) throw new Error('a missed drop would replace the app');
        }, kind);
      await give('paste');
      await tray(page).getByRole('img', { name: 'paste.png' }).waitFor();
      await send(page);
      await give('drop');
      await tray(page).getByRole('img', { name: 'drop.png' }).waitFor();
      await send(page);
      expect((await sentFiles(page)).map(({ kind }) => kind)).toEqual(['photo', 'photo']);
    });
  });

  it('give the caption back to the composer where they are not sent after all', async () => {
    await inChat('cancel', 'quiet', async (page) => {
      await page.locator('#composer').fill('half a thought');
      await photosInput(page).setInputFiles([await pngFile(page, 'a.png', 20, 20)]);
      const caption = tray(page).getByRole('textbox', { name: 'Caption' });
      await expect.poll(() => caption.inputValue()).toBe('half a thought');
      await caption.fill('a whole thought');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('#composer').inputValue()).toBe('a whole thought');
      expect(await sentFiles(page)).toEqual([]);
    });
  });

  it('are taken with the camera', async () => {
    await inChat('camera', 'quiet', async (page) => {
      await page.getByRole('button', { name: 'Attach' }).click();
      await page.getByRole('menuitem', { name: 'Camera' }).click();
      const take = page.getByRole('button', { name: 'Take a photo' });
      await expect.poll(() => take.getAttribute('aria-disabled')).toBe('false');
      await take.click();
      await tray(page).getByRole('button', { name: 'Send', exact: true }).waitFor();
      await send(page);
      expect(await sentFiles(page)).toMatchObject([{ kind: 'photo', mediaType: 'image/jpeg' }]);
    });
  });
});

describe('what is given that is not what it seems', () => {
  it('a picture of too many pixels is not opened: it goes as a file', async () => {
    await inChat('bomb', 'quiet', async (page) => {
      const bomb = { name: 'bomb.png', mimeType: 'image/png', buffer: Buffer.from(png(50_000, 50_000)) };
      await photosInput(page).setInputFiles([bomb]);
      await tray(page).getByText('too many pixels to be shown').waitFor();
      await send(page);
      expect(await sentFiles(page)).toMatchObject([{ kind: 'file', width: 0 }]);
    });
  });

  it('an SVG with a script, a page, a wrong type and damaged pictures go as files and run nowhere', async () => {
    await inChat('scripts', 'quiet', async (page) => {
      const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>window.pwned = 1</script></svg>';
      const file = (name: string, content: Buffer | string, mimeType = 'image/png'): GivenFile => ({
        name,
        mimeType,
        buffer: Buffer.from(content),
      });
      const whole = await pngFile(page, 'whole.png', 200, 200);
      await photosInput(page).setInputFiles([
        file('drawing.svg', svg, 'image/svg+xml'),
        file('page.png', '<html><script>window.pwned = 1</script>'),
        file('noise.png', Buffer.from(png(64, 64))),
        file('cut.png', whole.buffer.subarray(0, 60)),
      ]);
      await tray(page).getByText('it seems damaged').first().waitFor();
      await send(page);
      expect((await sentFiles(page)).map(({ kind }) => kind)).toEqual(['file', 'file', 'file', 'file']);
      await page.locator('.fileRow').nth(3).waitFor();
      await expect.poll(() => page.locator('.thread img').count()).toBe(0);
      expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    });
  });

  it('an empty file is refused in words, and names are shown and saved as what they are', async () => {
    await inChat('names', 'quiet', async (page) => {
      await anyInput(page).setInputFiles([
        { name: 'nothing.bin', mimeType: '', buffer: Buffer.alloc(0) },
        { name: 'holiday\u202egpj.exe', mimeType: 'image/jpeg', buffer: Buffer.from('MZ') },
      ]);
      await tray(page).getByText('nothing.bin is empty').waitFor();
      await send(page);
      expect((await sentFiles(page)).map(({ name }) => name)).toEqual(['holidaygpj.exe']);
      const row = page.locator('.fileRow');
      await expect.poll(() => row.locator('.fileRow-name').textContent()).toBe('holidaygpj.exe');
      const saving = page.waitForEvent('download');
      await row.getByRole('button', { name: 'Save holidaygpj.exe' }).click();
      expect((await saving).suggestedFilename()).toBe('holidaygpj.exe');
    });
  });

  it('what comes as a photo and is none, or is a bomb, is not shown', async () => {
    await inChat('received', 'quiet', async (page) => {
      const receive = (name: string, bytes: readonly number[]): Promise<void> =>
        page.evaluate(
          ([title, called, content]) =>
            window.sottoFixture.receiveFile(title, called, new Uint8Array(content)),
          ['quiet', name, bytes] as const,
        );
      await receive('script', text('<svg xmlns="http://www.w3.org/2000/svg" onload="window.pwned = 1"/>'));
      await page.getByText('not the picture it says it is').waitFor();
      await receive('bomb', [...png(60_000, 60_000)]);
      await page.getByText('too many pixels to be opened').waitFor();
      expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    });
  });
});

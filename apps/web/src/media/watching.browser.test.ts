/** Attachments as people see them: the thread, the viewer, what is seen once, stickers. */
import { describe, expect, it } from 'vitest';
import { pngFile } from '../testing/mediaScreens.ts';
import { photosInput, send, sentFiles, serveChats, tray } from './testing/serveChats.ts';

const inChat = serveChats();

describe('the thread', () => {
  it('keeps its heights while pictures arrive', async () => {
    await inChat('heights', 'jonas', async (page) => {
      const heights = (): Promise<Record<string, number>> =>
        page
          .locator('.thread-row')
          .evaluateAll((rows) =>
            Object.fromEntries(rows.map((row) => [(row as HTMLElement).dataset.message, row.clientHeight])),
          );
      await page.locator('.photoGrid').first().waitFor();
      const before = await heights();
      await page.locator('.photoGrid img:not(.picture-blur)').first().waitFor();
      await expect.poll(() => page.locator('.picture[data-blurred="true"]').count()).toBeLessThan(2);
      const after = await heights();
      for (const [id, height] of Object.entries(before)) {
        if (after[id] !== undefined) expect(Math.abs(after[id] - height), id).toBeLessThanOrEqual(1);
      }
    });
  });

  it('shows photos large: keys, next, zoom, caption, close', async () => {
    await inChat('viewer', 'jonas', async (page) => {
      await page.getByRole('button', { name: 'Open Photo 2 of 2' }).last().click();
      const photo = page.locator('.viewer-photo');
      await photo.waitFor();
      const place = page.locator('.viewer-who [aria-live]');
      const first = await place.textContent();
      await page.getByText('Two from the ferry').last().waitFor();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => place.textContent()).not.toBe(first);
      await page.keyboard.press('ArrowLeft');
      await expect.poll(() => place.textContent()).toBe(first);
      await page.keyboard.press('+');
      await expect.poll(() => photo.evaluate((element) => element.style.transform)).toContain('scale(1.4)');
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => place.textContent()).toBe(first);
      await page.mouse.move(640, 400);
      await page.mouse.wheel(0, 400);
      await page.keyboard.press('0');
      await expect.poll(() => photo.evaluate((element) => element.style.transform)).toContain('scale(1)');
      await page.keyboard.press('Escape');
      await page.locator('.viewer').waitFor({ state: 'detached' });
      await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('photoGrid-open');
    });
  });

  it('plays a video', async () => {
    await inChat('video', 'jonas', async (page) => {
      await page.getByRole('button', { name: 'Open Video, 0:02' }).click();
      const video = page.locator('.viewer-video');
      await expect
        .poll(() => video.evaluate((element) => (element as HTMLVideoElement).currentTime))
        .toBeGreaterThan(0);
    });
  });
});

describe('view once', () => {
  it('asks, shows, hides while the window is left, and is over when it is closed', async () => {
    await inChat('view-once', 'ida.lund', async (page) => {
      await page.getByRole('button', { name: 'Open', exact: true }).first().click();
      await page.getByText('gone for good: from this device').waitFor();
      await page.getByRole('button', { name: 'Open now' }).click();
      await page.locator('.viewer-photo').waitFor();
      await page.evaluate(() => {
        Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true });
        window.dispatchEvent(new Event('blur'));
      });
      await page.locator('.viewer-stage[data-hidden="true"]').waitFor();
      await page.getByRole('button', { name: 'Close for good' }).click();
      await page.locator('.limitedRow[data-over="true"]').nth(1).waitFor();
      const calls = await page.evaluate(() => window.sottoFixture.calls);
      expect(calls).toContain('beginView');
      expect(calls).toContain('endView');
    });
  });

  it('counts down what can be opened more often, and is over after the last time', async () => {
    await inChat('view-thrice', 'ida.lund', async (page) => {
      const row = page.locator('.limitedRow', { hasText: 'Photo, 3 views' }).first();
      const open = async (close: string): Promise<void> => {
        await row.getByRole('button', { name: 'Open' }).click();
        await page.getByRole('button', { name: 'Open now' }).click();
        await page.locator('.viewer-photo').waitFor();
        await page.getByText('seen 3 times at most').first().waitFor();
        await page.getByRole('button', { name: close, exact: true }).click();
      };
      await row.getByText('2 of 3 left').waitFor();
      await open('Close');
      await row.getByText('1 of 3 left').waitFor();
      await open('Close for good');
      await row.getByText('Opened', { exact: true }).waitFor();
      await expect.poll(() => row.getByRole('button').count()).toBe(0);
    });
  });

  it('is sent without a small picture and without a blur', async () => {
    await inChat('send-once', 'quiet', async (page) => {
      await photosInput(page).setInputFiles([await pngFile(page, 'a.png', 400, 300)]);
      await tray(page).getByLabel('Limit views').selectOption('Once');
      await send(page);
      expect(await sentFiles(page)).toMatchObject([{ views: 1, thumbnail: 0, placeholder: 0 }]);
      await page.getByText('Waiting to be opened').waitFor();
    });
  });

  it('is limited by the keyboard, and not where it goes as a file', async () => {
    await inChat('send-limited', 'quiet', async (page) => {
      await photosInput(page).setInputFiles([await pngFile(page, 'a.png', 400, 300)]);
      const limit = tray(page).getByLabel('Limit views');
      await limit.waitFor();
      const choices = await limit.locator('option').allTextContents();
      expect(choices).toEqual(['Off', 'Once', '2 times', '3 times', '5 times', '10 times']);
      await limit.focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.getByText('Everybody can open it 2 times').waitFor();
      await tray(page).getByRole('radio', { name: 'As files' }).click();
      await limit.waitFor({ state: 'detached' });
      await tray(page).getByRole('radio', { name: 'Smaller' }).click();
      await expect.poll(() => limit.inputValue()).toBe('0');
      await limit.selectOption('10 times');
      await send(page);
      expect(await sentFiles(page)).toMatchObject([{ views: 10, thumbnail: 0, placeholder: 0 }]);
      await page.getByText('Photo, 10 views').waitFor();
    });
  });
});

describe('stickers', () => {
  it('are sent, made into a pack, and added by link', async () => {
    await inChat('stickers', 'quiet', async (page) => {
      const open = async (): Promise<void> => {
        await page.getByRole('button', { name: 'Attach' }).click();
        await page.getByRole('menuitem', { name: 'Sticker' }).click();
      };
      await open();
      await page.getByRole('button', { name: 'Send sticker: ⛵' }).click();
      await page.locator('.media-sticker').getByRole('img', { name: 'Sticker: ⛵' }).waitFor();
      await open();
      await page.getByRole('button', { name: 'Make a pack' }).click();
      await page.getByLabel('Name of the pack').fill('Quay');
      await page
        .locator('input[type="file"][accept="image/*"]')
        .setInputFiles([
          await pngFile(page, 'a.png', 700, 300),
          { name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no') },
        ]);
      await page.getByText('1 could not be used').waitFor();
      await page
        .getByRole('dialog', { name: 'Make a sticker pack' })
        .getByRole('button', { name: 'Make a pack' })
        .click();
      await page.getByText('#stickers=made0').waitFor();
    });
  });
});

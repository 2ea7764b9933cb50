/** Screens of attachments, stickers and voice messages: part of `screens`. */
import type { Page } from 'playwright-core';
import type { Screen } from './screens.ts';

const row = (page: Page, name: string): Promise<void> =>
  page.locator('a.list-row', { hasText: name }).click();

/** A picture of one colour, made by hand: uncompressed, as a BMP is, in a PNG that its browser encodes. */
export async function pngFile(
  page: Page,
  name: string,
  width: number,
  height: number,
): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const bytes = await page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w, h);
      const context = canvas.getContext('2d')!;
      const fill = context.createLinearGradient(0, 0, w, h);
      fill.addColorStop(0, '#2b8a74');
      fill.addColorStop(1, '#e0a13c');
      context.fillStyle = fill;
      context.fillRect(0, 0, w, h);
      return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer()).toBase64();
    },
    [width, height] as const,
  );
  return { name, mimeType: 'image/png', buffer: Buffer.from(bytes, 'base64') };
}

async function attach(
  page: Page,
  files: { name: string; mimeType: string; buffer: Buffer }[],
): Promise<void> {
  await page.locator('input[type="file"][accept="image/*,video/*"]').setInputFiles(files);
  await page.getByRole('dialog').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).waitFor();
}

async function gallery(page: Page, tab: string): Promise<void> {
  await row(page, tab === 'Files' ? 'ida.lund' : 'jonas');
  await page.locator('.thread').waitFor();
  if ((await page.locator('.details').count()) === 0) {
    await page.getByRole('button', { name: 'Details', exact: true }).click();
  }
  await page.getByRole('button', { name: 'Photos, files and links' }).click();
  await page.getByRole('tab', { name: tab }).click();
  await page.locator('.gallery-month').first().waitFor();
}

export const mediaScreens: readonly Screen[] = [
  { name: 'media-list', scene: 'media' },
  {
    name: 'media-photos',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.locator('.photoGrid img').first().waitFor();
      await page.locator('.voiceRow').last().waitFor();
    },
  },
  {
    name: 'media-files',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.locator('.limitedRow').first().waitFor();
      await page.locator('.thread-scroller').evaluate((element) => {
        element.scrollTop = 0;
      });
      await page.locator('.fileRow').first().waitFor();
    },
  },
  {
    name: 'media-stickers',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.locator('.sticker-image').first().waitFor();
    },
  },
  {
    name: 'media-tray',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await attach(page, [
        await pngFile(page, 'Landing stage.png', 1200, 900),
        { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('What to bring') },
        { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('89504e470d0a1a0a00', 'hex') },
        { name: 'nothing.bin', mimeType: '', buffer: Buffer.alloc(0) },
      ]);
    },
  },
  {
    name: 'media-tray-one',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await attach(page, [await pngFile(page, 'Landing stage.png', 1200, 900)]);
      await page.getByLabel('Limit views').selectOption('3 times');
    },
  },
  {
    name: 'media-viewer',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.getByRole('button', { name: 'Open Photo 2 of 2' }).last().click();
      await page.locator('.viewer-photo:not([data-small="true"])').waitFor();
    },
  },
  {
    name: 'media-forward',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.getByRole('button', { name: 'Open Photo 2 of 2' }).last().click();
      await page.getByRole('button', { name: 'Forward', exact: true }).click();
      await page.getByText('Forward to').first().waitFor();
    },
  },
  {
    name: 'media-limited',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.locator('.limitedRow').last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'media-limited-ask',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.getByRole('button', { name: 'Open', exact: true }).last().click();
      await page.getByText('You can open it 2 more times').waitFor();
    },
  },
  {
    name: 'media-view-once',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.getByRole('button', { name: 'Open', exact: true }).first().click();
      await page.getByText('gone for good: from this device').waitFor();
    },
  },
  {
    name: 'media-view-once-open',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.getByRole('button', { name: 'Open', exact: true }).first().click();
      await page.getByRole('button', { name: 'Open now' }).click();
      await page.locator('.viewer-photo').waitFor();
    },
  },
  {
    name: 'media-playing',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.locator('.voiceRow').last().getByRole('button', { name: 'Play' }).click();
      await page.locator('.player').waitFor();
    },
  },
  {
    name: 'media-gallery',
    scene: 'media',
    reach: async (page) => {
      await gallery(page, 'Photos');
      await page.locator('.gallery-tile img').first().waitFor();
    },
  },
  { name: 'media-gallery-files', scene: 'media', reach: (page) => gallery(page, 'Files') },
  { name: 'media-gallery-links', scene: 'media', reach: (page) => gallery(page, 'Links') },
  { name: 'media-gallery-voice', scene: 'media', reach: (page) => gallery(page, 'Voice') },
  {
    name: 'media-storage',
    scene: 'media',
    hash: '#/settings/storage',
    reach: (page) => page.getByText('are taken up by files that you sent').waitFor(),
  },
  {
    name: 'media-sticker-picker',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await page.getByRole('button', { name: 'Attach' }).click();
      await page.getByRole('menuitem', { name: 'Sticker' }).click();
      await page.getByRole('button', { name: 'Send sticker: ⛵' }).waitFor();
    },
  },
  {
    name: 'media-sticker-tab',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await page.locator('.composer-emoji').click();
      await page.getByRole('tab', { name: 'Stickers' }).click();
      await page.getByRole('button', { name: 'Send sticker: ⛵' }).waitFor();
    },
  },
  {
    name: 'media-sticker-create',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await page.getByRole('button', { name: 'Attach' }).click();
      await page.getByRole('menuitem', { name: 'Sticker' }).click();
      await page.getByRole('button', { name: 'Make a pack' }).click();
      await page
        .locator('input[type="file"][accept="image/*"]')
        .setInputFiles([await pngFile(page, 'a.png', 300, 200), await pngFile(page, 'b.png', 200, 300)]);
      await page.getByLabel('Emoji for sticker 2').waitFor();
    },
  },
  {
    name: 'media-sticker-pack',
    scene: 'media',
    hash: '#stickers=harbour-days',
    reach: (page) => page.getByText('6 stickers').waitFor(),
  },
  {
    name: 'media-sticker-installed',
    scene: 'media',
    hash: '#stickers=harbour-days',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add to my stickers' }).click();
      await page.getByText('It is among your stickers').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await row(page, 'quiet');
      await page.getByRole('button', { name: 'Attach' }).click();
      await page.getByRole('menuitem', { name: 'Sticker' }).click();
      await page.getByRole('button', { name: 'Harbour days', exact: true }).click();
      await page.getByRole('button', { name: 'Send sticker: 🧭' }).waitFor();
    },
  },
  {
    name: 'media-sticker-pack-gone',
    scene: 'media',
    hash: '#stickers=unknown',
    reach: (page) => page.getByText('leads to no sticker pack').waitFor(),
  },
  {
    name: 'media-attach-menu',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await page.getByRole('button', { name: 'Attach' }).click();
      await page.getByRole('menuitem', { name: 'Camera' }).waitFor();
    },
  },
  {
    name: 'media-recording-denied',
    scene: 'media',
    reach: async (page) => {
      await row(page, 'quiet');
      await page.getByRole('button', { name: 'Record a voice message' }).press('Enter');
      await page
        .getByRole('alert')
        .filter({ hasText: /microphone/ })
        .waitFor();
    },
  },
];

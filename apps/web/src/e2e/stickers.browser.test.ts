/** A sticker pack in the whole product: made by one, opened by link by another, sent to a third who does not have it. */
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { pngFile } from '../testing/mediaScreens.ts';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct();

async function openStickers({ page }: Person): Promise<void> {
  await page.locator('.composer-emoji').click();
  await page.getByRole('tab', { name: 'Stickers' }).click();
}

/** The picture is one that the browser could decode, not an emoji in its place. */
async function isPicture(image: Locator): Promise<boolean> {
  await image.waitFor();
  return image.evaluate((element) => (element as HTMLImageElement).naturalWidth === 512);
}

async function startChat(from: Person, to: Person): Promise<void> {
  await from.find(to.name);
  await from.write(`Hello ${to.name}`);
  await from.tick(`Hello ${to.name}`, 'Delivered').waitFor();
}

/** Makes a pack of two pictures in the chat that is open, and gives the address of its link. */
async function makePack(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Make a pack' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make a sticker pack' });
  await dialog.getByLabel('Name of the pack').fill('Quay <b>days</b>');
  await dialog.getByLabel('Made by').fill('Ada');
  await page
    .locator('input[type="file"][accept="image/*"]')
    .setInputFiles([await pngFile(page, 'a.png', 700, 300), await pngFile(page, 'b.png', 300, 700)]);
  await dialog.getByLabel('Emoji for sticker 2').fill('⚓');
  await dialog.getByLabel('Emoji for sticker 1').fill('🐟');
  await dialog.getByRole('button', { name: 'Make a pack' }).click();
  return (await page.locator('.stickers-link').textContent()) ?? '';
}

it('a pack goes by link, to all devices of who adds it, and its stickers to everybody', async () => {
  const [ada, ben, cleo] = [
    await product.open('ada'),
    await product.open('ben'),
    await product.open('cleo'),
  ] as const;
  await ada.createAccount();
  const password = await ben.createAccount();
  await cleo.createAccount();
  await startChat(ada, ben);
  await startChat(ben, cleo);

  await openStickers(ada);
  const link = await makePack(ada.page);
  expect(link).toMatch(/#stickers=[\w-]{96}$/);
  await ada.page.getByRole('button', { name: 'Done.' }).click();
  // It is hers now, and chosen.
  await ada.page.getByRole('button', { name: 'Send sticker: ⚓' }).waitFor();

  await ben.page.goto(link);
  const pack = ben.page.getByRole('dialog', { name: 'Quay <b>days</b>' });
  await pack.getByText('Made by Ada').waitFor();
  expect(await isPicture(pack.getByRole('img', { name: 'Sticker: 🐟' }))).toBe(true);
  await pack.getByRole('button', { name: 'Add to my stickers' }).click();
  await pack.getByText('It is among your stickers.').waitFor();
  await pack.getByRole('button', { name: 'Close' }).click();

  await ben.chat('cleo').click();
  await openStickers(ben);
  await ben.page.getByRole('button', { name: 'Quay <b>days</b>', exact: true }).click();
  await ben.page.getByRole('button', { name: 'Send sticker: 🐟' }).click();
  await cleo.chat('ben').click();
  const shown = cleo.page.locator('.media-sticker').getByRole('button', { name: 'Sticker: 🐟' });
  expect(await isPicture(shown.locator('img'))).toBe(true);
  expect(await isPicture(ben.page.locator('.media-sticker img'))).toBe(true);

  // Who sees it can look at the pack, which is not among their own.
  await shown.click();
  const theirs = cleo.page.getByRole('dialog', { name: 'Quay <b>days</b>' });
  await theirs.getByRole('button', { name: 'Add to my stickers' }).waitFor();
  await theirs.getByRole('button', { name: 'Close' }).click();
  await cleo.page.reload();
  await cleo.chat('ben').click();
  expect(await isPicture(cleo.page.locator('.media-sticker img'))).toBe(true);

  const elsewhere = await product.openElsewhere('ben', password);
  await elsewhere.chat('cleo').click();
  expect(await isPicture(elsewhere.page.locator('.media-sticker img'))).toBe(true);
  await openStickers(elsewhere);
  await elsewhere.page.getByRole('button', { name: 'Quay <b>days</b>', exact: true }).click();
  await elsewhere.page.getByRole('button', { name: 'Send sticker: ⚓' }).waitFor();
  // Taken away in one browser, it is gone from the other.
  await elsewhere.page.getByRole('button', { name: 'View pack: Quay <b>days</b>' }).click();
  await elsewhere.page.getByRole('button', { name: 'Remove from my stickers' }).click();
  await elsewhere.page.getByRole('button', { name: 'Add to my stickers' }).waitFor();
  const isOffered = async (): Promise<boolean> => {
    await ben.page.goto(link);
    await pack.getByText('Made by Ada').waitFor();
    const offered = await pack.getByRole('button', { name: 'Add to my stickers' }).isVisible();
    await pack.getByRole('button', { name: 'Close' }).click();
    return offered;
  };
  await expect.poll(isOffered, { timeout: 30_000, interval: 500 }).toBe(true);
}, 180_000);

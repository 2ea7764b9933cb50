/** What the browser tests of attachments share: the fixture's chats, with a camera and a microphone that Chromium makes up. */
import type { Locator, Page } from 'playwright-core';
import { serveScenes } from '../../testing/serveScenes.ts';

interface SentFile {
  kind: string;
  name: string;
  mediaType: string;
  width: number;
  height: number;
  durationMs: number;
  views: number;
  thumbnail: number;
  placeholder: number;
  waveform: number;
  bytes: Buffer;
}

type InChat = (name: string, chat: string, test: (page: Page) => Promise<void>) => Promise<void>;

/** Serves the fixture to the tests of one file; runs each in a chat of it, and no page may complain. */
export function serveChats(): InChat {
  const inScene = serveScenes(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  return (name, chat, test) =>
    inScene({ name: `media-test-${name}`, scene: 'media' }, async (page) => {
      await page.locator('a.list-row', { hasText: chat }).click();
      await page.locator('#composer').waitFor();
      await test(page);
    });
}

export const photosInput = (page: Page): Locator =>
  page.locator('input[type="file"][accept="image/*,video/*"]');
export const tray = (page: Page): Locator => page.getByRole('dialog');

export async function send(page: Page): Promise<void> {
  await tray(page).getByRole('button', { name: 'Send', exact: true }).click();
  await tray(page).waitFor({ state: 'detached' });
}

export async function sentFiles(page: Page): Promise<SentFile[]> {
  const files = await page.evaluate(() =>
    Promise.all(
      window.sottoFixture.sentFiles.map(async ({ source, ...rest }) => ({
        ...rest,
        thumbnail: rest.thumbnail.length,
        placeholder: rest.placeholder.length,
        waveform: rest.waveform.length,
        bytes: new Uint8Array(await source.arrayBuffer()).toBase64(),
      })),
    ),
  );
  return files.map((file) => ({ ...file, bytes: Buffer.from(file.bytes, 'base64') }));
}

/** Voice messages as people speak and hear them: by keyboard, by a finger that holds, and on a machine that comes late to it. */
import type { JSHandle, Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { holdSounds } from './testing/holdSounds.ts';
import { sentFiles, serveChats } from './testing/serveChats.ts';

const inChat = serveChats();

const record = (page: Page): Locator => page.getByRole('button', { name: 'Record a voice message' });
const timer = (page: Page): Locator => page.getByRole('timer');
/** Long enough to be sent. How long exactly is the machine's affair. */
const isLong = (page: Page): Promise<void> => timer(page).filter({ hasNotText: '0:00' }).waitFor();

/** Where the button is held. */
async function hold(page: Page): Promise<{ x: number; y: number }> {
  await record(page).hover();
  const box = (await record(page).boundingBox())!;
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await timer(page).waitFor();
  return at;
}

/** How often the page has measured since how loud it is. */
const countLevels = (page: Page): Promise<JSHandle<{ levels: number }>> =>
  page.evaluateHandle(() => {
    const counted = { levels: 0 };
    const read = AnalyserNode.prototype.getByteTimeDomainData;
    AnalyserNode.prototype.getByteTimeDomainData = function (this: AnalyserNode, samples) {
      counted.levels += 1;
      read.call(this, samples);
    };
    return counted;
  });

interface Microphone {
  give(): void;
  /** Of every track that was given. */
  states(): MediaStreamTrackState[];
}
/** The page asks for the microphone and waits, until it is given. */
const keepMicrophone = (page: Page): Promise<JSHandle<Microphone>> =>
  page.evaluateHandle(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    const given = Promise.withResolvers<void>();
    const streams: MediaStream[] = [];
    mediaDevices.getUserMedia = async (wanted) => {
      await given.promise;
      const stream = await open(wanted);
      streams.push(stream);
      return stream;
    };
    return {
      give: () => given.resolve(),
      states: () => streams.flatMap((stream) => stream.getTracks().map(({ readyState }) => readyState)),
    };
  });

describe('voice messages', () => {
  it('are recorded by keyboard, paused, listened to, and sent with a waveform', async () => {
    await inChat('voice', 'quiet', async (page) => {
      const counted = await countLevels(page);
      await record(page).press('Enter');
      await isLong(page);
      await expect.poll(() => counted.evaluate(({ levels }) => levels)).toBeGreaterThan(5);
      await page.getByRole('button', { name: 'Pause recording' }).click();
      await page.getByRole('button', { name: 'Go on recording' }).click();
      await page.getByRole('button', { name: 'Stop and listen' }).click();
      await page.getByRole('button', { name: 'Listen before sending' }).click();
      await page.getByRole('button', { name: 'Send voice message' }).click();
      await page.locator('.voiceRow').waitFor();
      const [sent] = await sentFiles(page);
      expect(sent).toMatchObject({ kind: 'voice', mediaType: 'audio/webm' });
      expect(sent?.durationMs).toBeGreaterThan(450);
      expect(sent?.waveform).toBeGreaterThan(5);
      expect(sent?.waveform).toBeLessThanOrEqual(100);
      const sounds = await holdSounds(page);
      await page.locator('.voiceRow').getByRole('button', { name: 'Play' }).click();
      await page.locator('.player').waitFor();
      await expect.poll(() => sounds.read()).toMatchObject({ isHeard: true });
    });
  });

  it('are limited in how often they play', async () => {
    await inChat('voice-limited', 'quiet', async (page) => {
      await record(page).press('Enter');
      await isLong(page);
      await page.getByRole('button', { name: 'Stop and listen' }).click();
      await page.getByLabel('Limit plays').selectOption('3 times');
      await page.locator('.playLimit', { hasText: '3×' }).waitFor();
      await page.getByRole('button', { name: 'Send voice message' }).click();
      await page.getByText('Voice, 3 plays').waitFor();
      expect(await sentFiles(page)).toMatchObject([{ kind: 'voice', views: 3, waveform: 0 }]);
    });
  });

  it('are sent whole where stopping and sending are pressed at once', async () => {
    await inChat('voice-at-once', 'quiet', async (page) => {
      await record(page).press('Enter');
      await isLong(page);
      await page.evaluate(() => {
        for (const name of ['Stop and listen', 'Send voice message', 'Send voice message']) {
          document.querySelector<HTMLElement>(`.voicePanel [aria-label="${name}"]`)!.click();
        }
      });
      await page.locator('.voiceRow').waitFor();
      const [sent, ...more] = await sentFiles(page);
      expect(more).toEqual([]);
      expect(sent?.durationMs).toBeGreaterThan(450);
    });
  });

  it('are sent when a held button is let go of, and deleted when it is drawn away', async () => {
    await inChat('voice-held', 'quiet', async (page) => {
      const { x, y } = await hold(page);
      await isLong(page);
      await page.mouse.move(x - 140, y, { steps: 5 });
      await timer(page).waitFor({ state: 'detached' });
      await page.mouse.up();
      expect(await sentFiles(page)).toEqual([]);
      await hold(page);
      await isLong(page);
      await page.mouse.up();
      await page.locator('.voiceRow').waitFor();
      expect(await sentFiles(page)).toHaveLength(1);
    });
  });

  it('are deleted when it is drawn away and let go of before the page has drawn either', async () => {
    await inChat('voice-flicked', 'quiet', async (page) => {
      const { x, y } = await hold(page);
      await isLong(page);
      await record(page).evaluate(
        (button, to) => {
          for (const type of ['pointermove', 'pointerup']) {
            button.dispatchEvent(
              new PointerEvent(type, { pointerId: 1, clientX: to.x, clientY: to.y, bubbles: true }),
            );
          }
        },
        { x: x - 140, y },
      );
      await timer(page).waitFor({ state: 'detached' });
      await page.mouse.up();
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('composer');
      expect(await sentFiles(page)).toEqual([]);
      expect(await page.locator('.voiceRow').count()).toBe(0);
    });
  });

  it('are measured by their sound, not by what was drawn of it', async () => {
    await inChat('voice-jammed', 'quiet', async (page) => {
      const microphone = await keepMicrophone(page);
      const { x, y } = await hold(page);
      await microphone.evaluate((given) => given.give());
      await expect.poll(() => microphone.evaluate((given) => given.states())).toEqual(['live']);
      // The page comes to nothing for a while; then everything comes at once.
      await record(page).evaluate(
        (button, to) => {
          const untilMs = performance.now() + 700;
          while (performance.now() < untilMs);
          button.dispatchEvent(
            new PointerEvent('pointerup', { pointerId: 1, clientX: to.x, clientY: to.y, bubbles: true }),
          );
        },
        { x, y },
      );
      await page.locator('.voiceRow').waitFor();
      await page.mouse.up();
      const [sent] = await sentFiles(page);
      expect(sent?.durationMs).toBeGreaterThanOrEqual(500);
    });
  });

  it('are recorded without a finger after a tap, however late the page comes to it', async () => {
    await inChat('voice-tapped', 'quiet', async (page) => {
      await record(page).hover();
      await record(page).evaluate((button) => {
        const { x, y } = button.getBoundingClientRect();
        const at = { pointerId: 1, clientX: x + 20, clientY: y + 20, bubbles: true };
        const [down, up] = [new PointerEvent('pointerdown', at), new PointerEvent('pointerup', at)];
        button.dispatchEvent(down);
        const untilMs = performance.now() + 500;
        while (performance.now() < untilMs);
        button.dispatchEvent(up);
      });
      await isLong(page);
      await page.getByRole('button', { name: 'Stop and listen' }).click();
      await page.getByRole('button', { name: 'Listen before sending' }).waitFor();
    });
  });

  it('are not begun once the button was let go of before the microphone was there', async () => {
    await inChat('voice-late', 'quiet', async (page) => {
      const microphone = await keepMicrophone(page);
      await hold(page);
      const heldMs = (): Promise<number> => page.evaluate(() => performance.now());
      const sinceMs = await heldMs();
      await expect.poll(async () => (await heldMs()) - sinceMs).toBeGreaterThan(400);
      await page.mouse.up();
      const told = page.locator('.voicePanel').getByRole('alert');
      await told.waitFor();
      await microphone.evaluate((given) => given.give());
      await expect.poll(() => microphone.evaluate((given) => given.states())).toEqual(['ended']);
      await told.waitFor();
      expect(await timer(page).count()).toBe(0);
    });
  });

  it('play on to the next one, faster, and while another chat is open', async () => {
    await inChat('voice-next', 'jonas', async (page) => {
      const sounds = await holdSounds(page);
      const rows = page.locator('.voiceRow');
      await rows.last().waitFor();
      await rows.nth(0).getByRole('slider', { name: 'Position' }).focus();
      await rows.nth(0).getByRole('button', { name: 'Play' }).click();
      const player = page.locator('.player');
      await player.getByText('of 0:07').waitFor();
      await player.getByRole('button', { name: 'Speed 1×' }).click();
      await player.getByRole('button', { name: 'Speed 1.5×' }).click();
      await player.getByRole('button', { name: 'Speed 2×' }).waitFor();
      await expect.poll(() => sounds.read()).toEqual({ rate: 2, isHeard: true });
      await page.locator('a.list-row', { hasText: 'quiet' }).click();
      await page.getByRole('heading', { name: 'quiet' }).first().waitFor();
      await sounds.letEnd();
      await player.getByText('of 0:04').waitFor();
      await expect.poll(() => sounds.read()).toEqual({ rate: 2, isHeard: true });
      await player.getByRole('button', { name: 'Stop and close the player' }).click();
      await player.waitFor({ state: 'detached' });
    });
  });
});

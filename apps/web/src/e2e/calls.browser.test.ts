/** Calls between people in browsers of their own, with the camera and microphone that Chromium makes up. */
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

/** Small pictures are asked for: several encoders run on one machine here. */
const product = serveProduct(null, [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]);
const patience = { timeout: 60_000 };
let made = 0;

/** Two people who have written to each other, in their chat. */
async function pair(): Promise<{ ann: Person; ben: Person; password: string }> {
  made += 1;
  const ann = await product.open(`annika${made}`);
  const ben = await product.open(`benno${made}`);
  await ann.createAccount();
  const password = await ben.createAccount();
  await ann.find(ben.name);
  await ann.write('Are you there?');
  await ben.chat(ann.name).click();
  await ben.bubble('Are you there?').waitFor();
  await ben.write('I am');
  await ann.bubble('I am').waitFor();
  for (const person of [ann, ben]) await wantLittle(person);
  return { ann, ben, password };
}
const wantLittle = ({ page }: Person): Promise<void> =>
  page.evaluate(() => {
    localStorage.setItem('sotto.calls.lowData', 'on');
  });

const button = ({ page }: Person, name: string): Locator => page.getByRole('button', { name, exact: true });
const sheet = ({ page }: Person): Locator => page.getByRole('alertdialog');
const callPage = ({ page }: Person): Locator => page.locator('.call');
const note = ({ page }: Person, text: string): Locator => page.locator('.call-note', { hasText: text });
const line = ({ page }: Person, text: string | RegExp): Locator =>
  page.locator('.callLine', { hasText: text });

/** Where it is the first call of `from`, devices are tried before. */
async function call(from: Person, to: Person, kind: 'voice' | 'video', isFirst = false): Promise<void> {
  await button(from, `Start a ${kind} call`).click();
  if (isFirst) {
    const check = from.page.getByRole('dialog');
    await check.getByText('You are heard.').waitFor(patience);
    await check
      .getByRole('button', { name: kind === 'voice' ? 'Call' : 'Call with video', exact: true })
      .click();
  }
  await sheet(to).getByText(`${from.name} is calling`).waitFor(patience);
}
async function connected(...people: Person[]): Promise<void> {
  for (const { page } of people) await page.locator('.call-duration').waitFor(patience);
}
/** The large picture moves, and is no black one. */
async function seesPicture({ page }: Person): Promise<void> {
  const film = page.locator('.call-stage > video.callPicture[data-shown="true"]');
  await film.waitFor(patience);
  const look = (): Promise<{ width: number; time: number; colours: number }> =>
    film.evaluate((element: HTMLVideoElement) => {
      const canvas = new OffscreenCanvas(16, 16);
      const context = canvas.getContext('2d')!;
      context.drawImage(element, 0, 0, 16, 16);
      const { data } = context.getImageData(0, 0, 16, 16);
      const colours = new Set<number>();
      for (let at = 0; at < data.length; at += 4) {
        colours.add((data[at]! >> 5) * 64 + (data[at + 1]! >> 5) * 8 + (data[at + 2]! >> 5));
      }
      return { width: element.videoWidth, time: element.currentTime, colours: colours.size };
    });
  const first = await look();
  expect(first.width).toBeGreaterThan(0);
  await expect.poll(async () => (await look()).time, patience).toBeGreaterThan(first.time);
  await expect.poll(async () => (await look()).colours, patience).toBeGreaterThan(1);
}

describe('a call', () => {
  it('of voices is taken, muted, becomes one with pictures by consent, and leaves its line', async () => {
    const { ann, ben } = await pair();
    await call(ann, ben, 'voice', true);
    await callPage(ann).getByText('Ringing…').first().waitFor(patience);
    await button(ben, 'Answer').click();
    await connected(ann, ben);
    const code = await ann.page.locator('.call-code').textContent(patience);
    expect(code?.replace(/\s/g, '')).toMatch(/^\d{6}$/);
    expect(await ben.page.locator('.call-code').textContent(patience)).toBe(code);

    await ann.page.keyboard.press('m');
    await note(ben, `${ann.name} has muted`).waitFor(patience);
    await ann.page.keyboard.press('m');
    await note(ben, `${ann.name} has muted`).waitFor({ state: 'detached', ...patience });

    await button(ann, 'Turn the camera on').click();
    await ben.page.getByRole('dialog').getByText(`${ann.name} wants to see you`).waitFor(patience);
    await ben.page.getByRole('dialog').getByRole('button', { name: 'Turn the camera on' }).click();
    await seesPicture(ann);
    await seesPicture(ben);

    await button(ben, 'End the call').click();
    for (const person of [ann, ben]) {
      await callPage(person).waitFor({ state: 'detached', ...patience });
      await line(person, /^Video call, \d+:\d\d/).waitFor(patience);
    }
  });

  it('with pictures is seen on both sides, goes on in a bar, and after a reload', async () => {
    const { ann, ben } = await pair();
    await call(ann, ben, 'video', true);
    await button(ben, 'Answer with video').click();
    await connected(ann, ben);
    await seesPicture(ann);
    await seesPicture(ben);
    await button(ann, 'Share the screen').click();
    const screen = ben.page.getByLabel(`The screen of ${ann.name}`);
    await screen.waitFor(patience);
    await seesPicture(ben);
    await note(ann, 'You share your screen').getByRole('button', { name: 'Stop sharing' }).click();
    await screen.waitFor({ state: 'detached', ...patience });
    await button(ben, 'Turn the camera off').click();
    await ann.page.locator('.call-stage > video.callPicture').waitFor({ state: 'detached', ...patience });
    await button(ben, 'Turn the camera on').click();
    await seesPicture(ann);

    await ann.page.keyboard.press('Escape');
    await ann.page.getByRole('region', { name: `Call with ${ben.name}` }).waitFor();
    await ann.write('Written while we talk');
    await ben.page.reload();
    await button(ben, 'Return to the call').click(patience);
    await connected(ben);
    await seesPicture(ben);
    await ann.page.locator('.callBar').getByRole('button', { name: 'Return to the call' }).click();
    await connected(ann);
    await seesPicture(ann);
    await button(ann, 'End the call').click();
    await callPage(ben).waitFor({ state: 'detached', ...patience });
  });

  it('is declined, or taken back and called back', async () => {
    const { ann, ben } = await pair();
    await call(ann, ben, 'voice', true);
    await button(ben, 'Decline').click();
    await ann.page.getByText(`${ben.name} declined the call`).waitFor(patience);
    await line(ann, 'Voice call declined').waitFor(patience);
    await ann.page.locator('.callEnded').getByRole('button', { name: 'Close' }).click();

    await call(ann, ben, 'voice');
    await button(ann, 'Cancel the call').click();
    await sheet(ben).waitFor({ state: 'detached', ...patience });
    const missed = line(ben, 'Missed voice call');
    await missed.waitFor(patience);
    await ben.chat(ann.name).getByText('Missed voice call').waitFor(patience);
    await missed.getByRole('button', { name: 'Call back' }).click();
    await ben.page.getByRole('dialog').getByRole('button', { name: 'Call', exact: true }).click(patience);
    await sheet(ann).waitFor(patience);
    await button(ann, 'Answer').click();
    await connected(ann, ben);
    await button(ann, 'End the call').click();
    await callPage(ben).waitFor({ state: 'detached', ...patience });
  });

  it('rings on every device, and is taken by one', async () => {
    const { ann, ben, password } = await pair();
    const other = await product.openElsewhere(ben.name, password);
    await other.chat(ann.name).click(patience);
    await other.bubble('I am').waitFor(patience);
    await wantLittle(other);
    await call(ann, ben, 'voice', true);
    await sheet(other).waitFor(patience);
    await button(other, 'Answer').click();
    await connected(ann, other);
    await sheet(ben).waitFor({ state: 'detached', ...patience });
    await ben.page.getByText(`You are in a call with ${ann.name} on another device.`).waitFor(patience);
    await button(other, 'End the call').click();
    await callPage(ann).waitFor({ state: 'detached', ...patience });
    await line(ben, /^Voice call, \d+:\d\d/).waitFor(patience);
    await expect.poll(() => line(ben, 'Missed').count()).toBe(0);
  });
});

/** How long it takes in the app from pressing the button that calls until both can talk, in two browsers. For the benchmark. */
import { rm } from 'node:fs/promises';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import { Person } from '../e2e/person.ts';
import { buildApp } from './builds/buildApp.ts';

const patienceMs = 60_000;
const flags = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

/** Milliseconds of each of `count` voice calls that are answered as soon as they ring. */
export async function measureRinging(count: number): Promise<number[]> {
  const app = await buildApp('product');
  const server = await startServerProcess({ SOTTO_WEB: app });
  const browser = await launchChromium({ flags });
  try {
    const people: Person[] = [];
    for (const name of ['annika', 'benno']) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
      context.setDefaultTimeout(patienceMs);
      const person = new Person(name, context, await context.newPage());
      await person.page.goto(server.address);
      await person.createAccount();
      await person.page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
      people.push(person);
    }
    const [ann, ben] = people;
    if (!ann || !ben) throw new Error('Nobody is there.');
    await ann.find(ben.name);
    await ann.write('Are you there?');
    await ben.chat(ann.name).click();
    await ben.write('I am');
    await ann.bubble('I am').waitFor();
    await answerAtOnce(ben);
    const times: number[] = [];
    // The first one loads code.
    for (let round = 0; round <= count; round++) {
      const tookMs = await ring(ann, ben);
      if (round > 0) times.push(tookMs);
    }
    return times;
  } finally {
    await browser.close();
    await server.remove();
    await rm(app, { recursive: true, force: true });
  }
}

/** Presses the button in the page itself, so that no time of this process is in it. */
function answerAtOnce({ page }: Person): Promise<void> {
  return page.evaluate(() => {
    new MutationObserver(() => {
      const buttons = document.querySelectorAll<HTMLButtonElement>('[role="alertdialog"] button');
      [...buttons].find((one) => (one.ariaLabel ?? one.textContent)?.trim() === 'Answer')?.click();
    }).observe(document.body, { childList: true, subtree: true });
  });
}

async function ring(ann: Person, ben: Person): Promise<number> {
  const start = ann.page.getByRole('button', { name: 'Start a voice call', exact: true });
  await start.waitFor();
  const startMs = performance.now();
  await start.click();
  await Promise.all([ann, ben].map(({ page }) => page.locator('.call-duration').waitFor()));
  const tookMs = performance.now() - startMs;
  await ann.page.getByRole('button', { name: 'End the call', exact: true }).click();
  for (const { page } of [ann, ben]) await page.locator('.call').waitFor({ state: 'detached' });
  return tookMs;
}

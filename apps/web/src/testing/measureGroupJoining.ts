/** How long it takes in the app from pressing the button that joins a group's call until a picture of it is shown. For the benchmark. */
import { rm } from 'node:fs/promises';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import { Person } from '../e2e/person.ts';
import { buildApp } from './builds/buildApp.ts';

const patienceMs = 60_000;
const group = 'Rowing';
const flags = [
  '--use-fake-device-for-media-stream=fps=15',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

/** Who leaves is followed by new keys, which are in use two seconds later. */
const renewalMs = 3000;

/**
 * Milliseconds of each of `count` times that somebody joins a call of one who is seen: a while after anybody left it, and
 * at once after leaving it, so that keys are being renewed.
 */
export async function measureGroupJoining(
  count: number,
): Promise<{ joining: number[]; comingBack: number[] }> {
  const app = await buildApp('product');
  const server = await startServerProcess({ SOTTO_WEB: app, SOTTO_CALLS_PORT: '0' });
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
    await createGroup(ann, ben);
    await startCall(ann);
    await ben.chat(group).click();
    // The first one loads code.
    await join(ben, ann);
    const [joining, comingBack]: [number[], number[]] = [[], []];
    for (let round = 0; round < count; round++) {
      await ben.page.waitForTimeout(renewalMs);
      joining.push(await join(ben, ann));
      comingBack.push(await join(ben, ann));
    }
    return { joining, comingBack };
  } finally {
    await browser.close();
    await server.remove();
    await rm(app, { recursive: true, force: true });
  }
}

async function createGroup({ page }: Person, member: Person): Promise<void> {
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('button', { name: 'New group' }).click();
  const field = page.getByLabel('Name or username');
  await field.fill(member.name);
  await field.press('Enter');
  await page.locator('.picker-chip', { hasText: member.name }).waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Group name').fill(group);
  await page.getByRole('button', { name: 'Create group' }).click();
  await page.getByRole('textbox', { name: `Message ${group}` }).waitFor();
}

async function startCall({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Start a video call in this group', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start the call' }).click();
  await page.locator('.groupCall .call-duration').waitFor();
}

async function join({ page }: Person, seen: Person): Promise<number> {
  await page.locator('.groupCallBanner').getByRole('button', { name: 'Join' }).click();
  const button = page.getByRole('dialog').getByRole('button', { name: 'Join now' });
  await button.waitFor();
  const startMs = performance.now();
  await button.click();
  const tile = page.locator('.groupTiles .tile').filter({ hasText: seen.name });
  await tile.locator('video[data-shown="true"]').waitFor();
  const tookMs = performance.now() - startMs;
  await page.getByRole('button', { name: 'Leave the call', exact: true }).click();
  await page.locator('.groupCall').waitFor({ state: 'detached' });
  return tookMs;
}

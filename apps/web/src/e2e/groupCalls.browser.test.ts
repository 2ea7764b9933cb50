/** Calls of groups: people in browsers of their own, through the real relay, with cameras that Chromium makes up. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

/**
 * Small pictures, and few a second: eight browsers take up, open and draw those of all on one machine here. Chromium's own fake
 * camera makes five a second at least.
 */
const folder = mkdtempSync(path.join(tmpdir(), 'sotto-camera-'));
const camera = path.join(folder, 'camera.y4m');
afterAll(() => rm(folder, { recursive: true, force: true }));
writeFileSync(camera, film({ width: 96, height: 72, framesPerSecond: 2 }));

const product = serveProduct(
  null,
  [
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${camera}`,
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ],
  { SOTTO_CALLS_PORT: '0' },
);
/** Of YUV4MPEG2: a grey that grows lighter, over and over. */
function film(size: { width: number; height: number; framesPerSecond: number }): Uint8Array {
  const { width, height, framesPerSecond } = size;
  const head = `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`;
  const frames = [60, 110, 160, 210].flatMap((grey) => [
    Buffer.from('FRAME\n'),
    Buffer.alloc(width * height, grey),
    Buffer.alloc((width * height) / 2, 128),
  ]);
  return Buffer.concat([Buffer.from(head), ...frames]);
}

const patience = { timeout: 90_000 };
const group = 'Rowing';

const button = ({ page }: Person, name: string): Locator => page.getByRole('button', { name, exact: true });
const dialog = ({ page }: Person): Locator => page.getByRole('dialog');
const call = ({ page }: Person): Locator => page.locator('.groupCall');

async function people(...names: readonly string[]): Promise<readonly Person[]> {
  const all = await Promise.all(names.map((name) => product.open(name)));
  // Small pages: what is drawn is drawn by the processor here.
  for (const { page } of all) await page.setViewportSize({ width: 800, height: 600 });
  await Promise.all(all.map((person) => person.createAccount()));
  for (const { page } of all) {
    await page.evaluate(() => {
      localStorage.setItem('sotto.calls.lowData', 'on');
      localStorage.setItem('sotto.calls.tried', 'on');
    });
  }
  return all;
}

async function createGroup(owner: Person, members: readonly Person[]): Promise<void> {
  const { page } = owner;
  await page.getByRole('button', { name: 'New chat' }).click(patience);
  await page.getByRole('button', { name: 'New group' }).click(patience);
  const field = page.getByLabel('Name or username');
  for (const member of members) {
    await field.fill(member.name);
    await field.press('Enter');
    await page.locator('.picker-chip', { hasText: member.name }).waitFor(patience);
  }
  await page.getByRole('button', { name: 'Next' }).click(patience);
  await page.getByLabel('Group name').fill(group);
  await page.getByRole('button', { name: 'Create group' }).click(patience);
  await page.getByRole('textbox', { name: `Message ${group}` }).waitFor(patience);
}

/** Notes who was ever marked as speaking: what they say was opened, and heard. */
const listen = ({ page }: Person): Promise<void> =>
  page.evaluate(() => {
    const heard = new Set<string>();
    Object.assign(window, { heard });
    const look = (): void => {
      for (const name of document.querySelectorAll('.tile[data-speaking="true"] .tile-name bdi')) {
        heard.add(name.textContent ?? '');
      }
    };
    new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true });
    look();
  });
const heard = ({ page }: Person): Promise<readonly string[]> =>
  page.evaluate(() => [...(window as unknown as { heard: Set<string> }).heard]);

/** Each of these is seen by `person` as a moving picture. */
async function sees({ page }: Person, others: readonly Person[]): Promise<void> {
  await page.evaluate(() => Object.assign(window, { times: new Map() }));
  const moving = (): Promise<readonly string[]> =>
    page.evaluate(() => {
      const { times } = window as unknown as { times: Map<string, number> };
      const moved: string[] = [];
      for (const tile of document.querySelectorAll('.groupTiles .tile')) {
        const name = tile.querySelector('.tile-name bdi')?.textContent ?? '';
        const time = tile.querySelector<HTMLVideoElement>('video[data-shown="true"]')?.currentTime;
        if (time === undefined) continue;
        const first = Math.min(time, times.get(name) ?? time);
        times.set(name, first);
        if (time > first) moved.push(name);
      }
      return moved;
    });
  await expect
    .poll(moving, { ...patience, interval: 500 })
    .toEqual(expect.arrayContaining(others.map(({ name }) => name)));
}
async function hears(person: Person, others: readonly Person[]): Promise<void> {
  await expect
    .poll(() => heard(person), patience)
    .toEqual(expect.arrayContaining(others.map(({ name }) => name)));
}
const connected = ({ page }: Person): Promise<void> =>
  page.locator('.groupCall .call-duration').waitFor(patience);
const count = (person: Person, number: number): Promise<void> =>
  call(person).getByText(`${number} people`).waitFor(patience);

/** `listens`: seen and heard by nobody, as most are in a large call. */
async function join(person: Person, listens = false): Promise<void> {
  await person.page.locator('.groupCallBanner').getByRole('button', { name: 'Join' }).click(patience);
  if (listens) {
    await dialog(person).getByRole('button', { name: 'Turn the camera off' }).click(patience);
    await dialog(person).getByRole('button', { name: 'Mute the microphone' }).click(patience);
  }
  await dialog(person).getByRole('button', { name: 'Join now' }).click(patience);
  await connected(person);
}

/** What a host does about somebody, in the list of people. */
async function tool(host: Person, about: Person, name: string): Promise<void> {
  await button(host, `Options for ${about.name}`).click(patience);
  await host.page.getByRole('menuitem', { name }).click(patience);
}

describe('a call of a group', () => {
  it('is joined by eight from the thread, who see and hear each other, come back, are removed, and end', async () => {
    const everybody = await people('ada', 'ben', 'cem', 'dot', 'eva', 'fay', 'gus', 'hal');
    const [ada, ben, cem, ...rest] = everybody as [Person, Person, Person, ...Person[]];
    await createGroup(ada, everybody.slice(1));
    await button(ada, 'Start a video call in this group').click(patience);
    await dialog(ada).getByRole('switch', { name: 'Ring everybody' }).uncheck(patience);
    await dialog(ada).getByRole('button', { name: 'Start the call' }).click(patience);
    await connected(ada);
    for (const person of everybody.slice(1)) await person.chat(group).click(patience);
    // Two at a time: one machine does here what eight do.
    for (const at of [1, 3, 5, 7])
      await Promise.all(everybody.slice(at, at + 2).map((person) => join(person, rest.includes(person))));
    for (const person of everybody) {
      await count(person, 8);
      await listen(person);
    }
    for (const person of everybody)
      await hears(
        person,
        [ada, ben, cem].filter((one) => one !== person),
      );
    // All eight send, and each sees the seven others; not for longer than that, as one machine does what eight do.
    for (const person of rest) await button(person, 'Turn the camera on').click(patience);
    await Promise.all(
      everybody.map((person) =>
        sees(
          person,
          everybody.filter((one) => one !== person),
        ),
      ),
    );
    for (const person of rest) await button(person, 'Turn the camera off').click(patience);

    await button(ben, 'Leave the call').click(patience);
    await call(ben).waitFor({ state: 'detached', ...patience });
    for (const person of [ada, cem, ...rest]) await count(person, 7);
    await join(ben);
    for (const person of everybody) await count(person, 8);
    await sees(ben, [ada, cem]);
    await sees(cem, [ada, ben]);

    await ada.page.keyboard.press('p');
    await button(ada, `Options for ${cem.name}`).click(patience);
    await ada.page.getByRole('menuitem', { name: 'Remove from the call' }).click(patience);
    await dialog(ada).getByRole('button', { name: 'Remove' }).click(patience);
    await cem.page.getByText('You were removed from the call').first().waitFor(patience);
    await cem.page.getByText('You cannot join this call.').waitFor(patience);
    for (const person of [ada, ben, ...rest]) await count(person, 7);
    await sees(ada, [ben]);

    await button(ada, 'Leave the call, or end it').click(patience);
    await ada.page.getByRole('menuitem', { name: 'End the call for all' }).click(patience);
    for (const person of [ada, ben, ...rest]) {
      await call(person).waitFor({ state: 'detached', ...patience });
      await person.page
        .locator('.callLine', { hasText: /^Video call, \d+:\d\d, 8 people/ })
        .waitFor(patience);
    }
  }, 420_000);

  it('goes on with guests, who come by a link and are let in, with its tools, and after a reload', async () => {
    const [ivy, joe, guest] = (await people('ivy', 'joe', 'kim')) as [Person, Person, Person];
    await createGroup(ivy, [joe]);
    await button(ivy, 'Start a voice call in this group').click(patience);
    await dialog(ivy).getByRole('button', { name: 'Start the call' }).click(patience);
    await connected(ivy);
    await joe.page.getByRole('alertdialog').getByText(`${ivy.name} started a voice call`).waitFor(patience);
    await button(joe, 'Join').click(patience);
    await dialog(joe).getByRole('button', { name: 'Join now' }).click(patience);
    await count(ivy, 2);

    await ivy.page.keyboard.press('p');
    await button(ivy, 'Invite guests…').click(patience);
    await button(ivy, 'Make a link').click(patience);
    const link =
      (await dialog(ivy).getByRole('status', { name: 'Link for guests' }).textContent(patience)) ?? '';
    await ivy.page.keyboard.press('Escape');
    for (const person of [ivy, joe]) {
      await call(person).getByText(`Call: ${group}`).first().waitFor(patience);
      await count(person, 2);
      await listen(person);
    }
    await guest.page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(link).hash);
    await button(guest, 'Ask to join').click(patience);
    await button(ivy, `Let in ${guest.name}`).click(patience);
    await dialog(guest).getByRole('button', { name: 'Join now' }).click(patience);
    await connected(guest);
    await listen(guest);
    for (const person of [ivy, joe, guest]) await count(person, 3);
    await hears(guest, [ivy, joe]);
    await hears(joe, [ivy, guest]);
    await expect.poll(() => guest.page.locator('a.list-row').count(), patience).toBe(1);

    await button(joe, 'Raise your hand').click(patience);
    await call(ivy).getByText(`${joe.name} raised a hand`).first().waitFor(patience);
    await button(joe, 'Lower your hand').waitFor(patience);
    await tool(ivy, joe, 'Lower the hand');
    await button(joe, 'Raise your hand').waitFor(patience);
    await button(joe, 'React').click(patience);
    const told = ivy.page.getByRole('status').getByText(`${joe.name}: 👏`);
    // It is shown for some seconds, in which a busy machine may not come to look.
    const react = async (): Promise<number> => {
      await button(joe, 'React with 👏').click(patience);
      return told.count();
    };
    await expect.poll(react, { ...patience, interval: 1_000 }).toBeGreaterThan(0);
    await joe.page.keyboard.press('Escape');
    await tool(ivy, joe, 'Ask to mute');
    await joe.page.getByRole('alert').getByRole('button', { name: 'Mute' }).click(patience);
    await button(joe, 'Unmute the microphone').waitFor(patience);
    await ivy.page
      .locator('.groupPeople-row', { hasText: joe.name })
      .locator('[data-muted="true"]')
      .waitFor(patience);
    await button(joe, 'Unmute the microphone').click(patience);

    await joe.page.reload();
    await joe.page.getByText(`Your call in Call: ${group} goes on.`).waitFor(patience);
    await button(joe, 'Return to the call').click(patience);
    await connected(joe);
    for (const person of [ivy, joe]) await listen(person);
    for (const person of [ivy, joe, guest]) await count(person, 3);
    await hears(joe, [ivy, guest]);
    await hears(ivy, [joe]);
  }, 300_000);

  it('grows out of a call of two, which nobody hangs up, and is locked for a while', async () => {
    const [lea, max, nia] = (await people('lea', 'max', 'nia')) as [Person, Person, Person];
    await lea.find(max.name);
    await lea.write('Are you there?');
    await max.chat(lea.name).click(patience);
    await max.bubble('Are you there?').waitFor(patience);
    await max.write('I am');
    await lea.bubble('I am').waitFor(patience);
    await button(lea, 'Start a voice call').click(patience);
    await button(max, 'Answer').click(patience);
    for (const { page } of [lea, max]) await page.locator('.call-code').waitFor(patience);

    await button(lea, 'Add people to the call').click(patience);
    const field = dialog(lea).getByLabel('Name or username');
    await field.fill(nia.name);
    await field.press('Enter');
    await dialog(lea).locator('.picker-chip', { hasText: nia.name }).waitFor(patience);
    await button(lea, 'Add 1 person').click(patience);
    for (const person of [lea, max]) {
      await connected(person);
      await count(person, 2);
      await listen(person);
    }
    await nia.page.getByRole('alertdialog').getByText(`${lea.name} started a voice call`).waitFor(patience);
    await button(nia, 'Decline').click(patience);

    await lea.page.keyboard.press('p');
    const lock = lea.page.getByRole('switch', { name: 'Lock the call' });
    await lock.click(patience);
    await call(max)
      .getByText('This call is locked')
      .first()
      .waitFor({ state: 'attached', ...patience });
    await nia.page.locator('a.list-row').first().click(patience);
    const banner = nia.page.locator('.groupCallBanner');
    await banner.getByText('Locked: nobody new comes in').waitFor(patience);
    await lock.click(patience);
    await banner.getByText('Locked: nobody new comes in').waitFor({ state: 'detached', ...patience });
    await banner.getByRole('button', { name: 'Join' }).click(patience);
    await dialog(nia).getByRole('button', { name: 'Join now' }).click(patience);
    await connected(nia);
    await listen(nia);
    const all = [lea, max, nia];
    for (const person of all) {
      await count(person, 3);
      await hears(
        person,
        all.filter((one) => one !== person),
      );
    }
    // The list of people, then the call itself.
    for (const _ of [1, 2]) await lea.page.keyboard.press('Escape');
    await lea
      .chat(max.name)
      .getByText(/^Voice call, \d+:\d\d$/)
      .waitFor(patience);
  }, 240_000);
});

/** The whole of Sotto as its users see it: the built app, the real server as a process, real browsers. */
import { launchChromium } from '@sotto/testkit/chromium';
import type { Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

// While the server is away its absence is said in the console by the browser itself.
const product = serveProduct(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket/);
let made = 0;

function newPerson(base: string, hash = ''): Promise<Person> {
  made += 1;
  return product.open(`${base}${made}`, `${product.server.address}/${hash}`);
}

/** Two accounts that have written to each other once. */
async function twoPeople(): Promise<[Person, Person, string]> {
  const [ada, ben] = await Promise.all([newPerson('ada'), newPerson('ben')]);
  const password = await ada.createAccount();
  await ben.createAccount();
  await ada.find(ben.name);
  await ada.write('Hello from Ada');
  await ben.chat(ada.name).click();
  await ben.bubble('Hello from Ada').waitFor();
  // What follows begins with everything read.
  await ada.tick('Hello from Ada', 'Read').waitFor();
  return [ada, ben, password];
}

describe('two people', () => {
  it('find each other, write, see ticks and typing, and are there after a reload', async () => {
    const [ada, ben] = await twoPeople();
    await ben.composer.pressSequentially('Hel');
    await ada.page.getByText(`${ben.name} is typing`).waitFor();
    await ben.write('Hello from Ben');
    await ada.bubble('Hello from Ben').waitFor();
    await ben.tick('Hello from Ben', 'Read').waitFor();
    await ada.page.getByText(`${ben.name} is typing`).waitFor({ state: 'detached' });

    await ada.page.reload();
    await ada.bubble('Hello from Ben').waitFor();
    await expect.poll(() => ada.texts()).toEqual(['Hello from Ada', 'Hello from Ben']);
    await ada.write('After the reload');
    await ben.bubble('After the reload').waitFor();
    const details = ada.page.locator('.details');
    await details.getByText('Only people in this chat can read it').waitFor();
  });

  it('lose nothing, and get nothing twice, when the server is killed and started again', async () => {
    const [ada, ben] = await twoPeople();
    for (let round = 0; round < 2; round += 1) {
      await product.server.kill();
      await ada.page
        .getByText('Offline. What you write')
        .or(ada.page.getByText('Connecting…'))
        .first()
        .waitFor();
      await ada.write(`Ada while away ${round}`);
      await ben.write(`Ben while away ${round}`);
      await ada.tick(`Ada while away ${round}`, 'Waiting to be sent').waitFor();
      await product.server.start();
      await ben.bubble(`Ada while away ${round}`).waitFor();
      await ada.bubble(`Ben while away ${round}`).waitFor();
      await ada.tick(`Ada while away ${round}`, 'Read').waitFor();
    }
    const texts = await ada.texts();
    expect(texts.length).toBe(5);
    await expect.poll(() => ben.texts()).toEqual(texts);
  });

  it('get what arrived while their browser was closed', async () => {
    const [ada, ben] = await twoPeople();
    await ben.page.close();
    for (const number of [1, 2, 3]) await ada.write(`Missed ${number}`);
    await ada.tick('Missed 3', 'Sent').waitFor();
    ben.page = await ben.context.newPage();
    await ben.page.goto(product.server.address);
    await ben.chat(ada.name).getByText('3 unread messages').waitFor({ state: 'attached' });
    await expect.poll(() => ben.page.title()).toBe('(3) Sotto');
    await ben.chat(ada.name).click();
    await ben.page.getByText('New messages').waitFor();
    await ada.tick('Missed 3', 'Read').waitFor();
    await expect.poll(() => ben.texts()).toEqual(['Hello from Ada', 'Missed 1', 'Missed 2', 'Missed 3']);
  });

  it('work in two tabs side by side, and go on when the first is closed', async () => {
    const [ada, ben] = await twoPeople();
    const first = ada.page;
    const second = await ada.context.newPage();
    await second.goto(first.url());
    ada.page = second;
    await ada.bubble('Hello from Ada').waitFor();
    await ada.write('From the second tab');
    await first.locator('.bubble', { hasText: 'From the second tab' }).waitFor();
    await ben.bubble('From the second tab').waitFor();
    await first.close();
    await ben.write('Still there?');
    await ada.bubble('Still there?').waitFor();
    await ada.write('Still here');
    await ben.bubble('Still here').waitFor();
  });

  it('meet over an invite link', async () => {
    const ada = await newPerson('ada');
    await ada.createAccount();
    await ada.page.getByRole('button', { name: 'Invite someone' }).click();
    const link = (await ada.page.getByRole('status', { name: 'Invite link' }).textContent()) ?? '';
    const ben = await newPerson('ben', new URL(link).hash);
    await ben.page.getByRole('heading', { name: `@${ada.name} invites you` }).waitFor();
    await ben.createAccount();
    await ben.write('Your link works');
    await ada.page.keyboard.press('Escape');
    await ada.chat(ben.name).click();
    await ada.bubble('Your link works').waitFor();
  });
});

describe('the page', () => {
  it('needs little script before the first chat list, and shows its shell before the engine is there', async () => {
    const context = await product.browser.newContext();
    const page = await context.newPage();
    const scripts: Request[] = [];
    page.on('response', (response) => {
      const request = response.request();
      // Workers fetch for themselves: the engine, libsodium and SQLite are beside the page.
      if (request.resourceType() === 'script') scripts.push(request);
    });
    await page.route('**/assets/worker*', () => {
      // Never answered: the engine does not come.
    });
    // As a browser with an account is left: without one there is nothing to wait for.
    await page.addInitScript(() => {
      localStorage.setItem('sotto-account', 'yes');
      localStorage.setItem('sotto.lastSession', 'signedIn');
    });
    await page.goto(product.server.address);
    await page.getByRole('heading', { name: 'Chats' }).waitFor();
    await page.locator('.list .placeholder').first().waitFor();
    await page.waitForLoadState('load');
    // Known once a script has wholly come, which may be after the page says that it is loaded.
    const sizes = await Promise.all(scripts.map((request) => request.sizes()));
    const scriptSizeBytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    expect(scriptSizeBytes).toBeGreaterThan(50_000);
    expect(scriptSizeBytes).toBeLessThan(350_000);
    await context.close();
  });

  it('says what to do where the address is not secure', async () => {
    const { port } = new URL(product.server.address);
    const elsewhere = await launchChromium({ flags: ['--host-resolver-rules=MAP sotto.test 127.0.0.1'] });
    try {
      const page = await elsewhere.newPage();
      await page.goto(`http://sotto.test:${port}/`);
      await page.getByRole('heading', { name: 'This address is not secure' }).waitFor();
    } finally {
      await elsewhere.close();
    }
  });

  it('refuses a message of ten megabytes with its limit, and goes on', async () => {
    const ada = await newPerson('ada');
    await ada.createAccount();
    await ada.find(ada.name);
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ada.page.evaluate(() => navigator.clipboard.writeText('x'.repeat(10_000_000)));
    await ada.composer.press('Control+v');
    await ada.page.getByText('That text has 10,000,000 characters').waitFor();
    await expect.poll(() => ada.composer.inputValue()).toBe('');
    await ada.page.evaluate(() => navigator.clipboard.writeText('x'.repeat(70_000)));
    await ada.composer.press('Control+v');
    await ada.page.getByText('This message is too long').waitFor();
    await ada.page.getByText('4,464 too many').waitFor();
    await ada.composer.press('Enter');
    await ada.write("<b onmouseover=alert(1)>short</b> '; drop table message; --");
    await ada.tick('drop table message', 'Sent').or(ada.tick('drop table message', 'Read')).first().waitFor();
    await expect
      .poll(() => ada.texts())
      .toEqual(["<b onmouseover=alert(1)>short</b> '; drop table message; --"]);
  });
});

describe('an account', () => {
  it('signs out, stays locked for a wrong password, and is all there again with the right one', async () => {
    const [ada, ben, password] = await twoPeople();
    await ada.signOut();
    await ada.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await ben.write('While Ada was signed out');
    await ada.page.reload();
    await ada.signIn('not the password');
    await ada.page.getByRole('alert').filter({ hasText: 'Wrong password' }).waitFor();
    await ada.signIn(password);
    await ada.chat(ben.name).click();
    await ada.bubble('While Ada was signed out').waitFor();
    await expect.poll(() => ada.texts()).toEqual(['Hello from Ada', 'While Ada was signed out']);
    await ada.write('Back again');
    await ben.bubble('Back again').waitFor();
  });

  it('is refused in plain words: a taken name, an unknown one, a malformed one', async () => {
    const ada = await newPerson('ada');
    await ada.createAccount();
    const other = await newPerson('other');
    await other.page.getByRole('button', { name: 'Create account' }).click();
    await other.page.getByLabel('Username').fill(ada.name);
    await other.page.getByRole('button', { name: 'Create account' }).click();
    await other.page
      .getByRole('alert')
      .filter({ hasText: `@${ada.name} is taken` })
      .waitFor();

    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByLabel('Username').fill('nobody-at-all');
    await other.signIn('some password');
    await other.page.getByRole('alert').filter({ hasText: 'no account @nobody-at-all' }).waitFor();

    await ada.find('nobody-at-all');
    await ada.page.getByRole('alert').filter({ hasText: 'There is nobody called' }).waitFor();
    const field = ada.page.getByLabel('Username or invite link');
    for (const malformed of [
      'a',
      'two words',
      '<b>bold</b>',
      "x'; drop table account; --",
      'ünïcode',
      'a..b',
    ]) {
      await field.fill(malformed);
      await field.press('Enter');
      await ada.page.getByRole('alert').filter({ hasText: 'not a possible username' }).waitFor();
    }
  });
});

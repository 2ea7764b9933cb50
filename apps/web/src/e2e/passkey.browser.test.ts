/** Passkeys as their user meets them, with Chromium's virtual authenticator. Built app, real product.server. */
import type { CDPSession, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

// Answers that say what is wrong come as HTTP errors, which the browser notes by itself.
const product = serveProduct(/status of 40[0-9]|WebSocket/);
let made = 0;

async function ada(): Promise<{ first: Person; password: string }> {
  made += 1;
  const first = await product.open(`ada-${made}`);
  return { first, password: await first.createAccount() };
}

/** Something that makes passkeys and says yes at once: a security key that can be put into several browsers. */
class Authenticator {
  readonly #cdp: CDPSession;
  readonly #id: string;

  private constructor(cdp: CDPSession, id: string) {
    this.#cdp = cdp;
    this.#id = id;
  }

  static async plugInto(page: Page, options: { hasPrf: boolean }): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...options,
      },
    });
    return new Authenticator(cdp, authenticatorId);
  }

  /** Everything the browser has stored for this address, but not what is in the authenticator. */
  async forgetBrowser(origin: string): Promise<void> {
    await this.#cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  }

  async count(): Promise<number> {
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId: this.#id });
    return credentials.length;
  }
}

async function addPasskey(person: Person, name: string, password: string): Promise<void> {
  const { page } = person;
  await person.settings('security');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the passkey').fill(name);
  await dialog.getByLabel('Current password').fill(password);
  await dialog.getByRole('button', { name: 'Add a passkey' }).click();
}

describe('a passkey', () => {
  it('is added with the password, tested, and signs in without a name', async () => {
    const { first, password } = await ada();
    await first.find(first.name);
    await first.write('Only for me');
    const { page } = first;
    const key = await Authenticator.plugInto(page, { hasPrf: true });

    await addPasskey(first, 'Blue key', 'not the password');
    await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'Wrong password' }).waitFor();
    await page.getByRole('dialog').getByLabel('Current password').fill(password);
    await page.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('The passkey was added and tested.').waitFor();
    await page.locator('.devices').getByText('Blue key').waitFor();
    await page.locator('.security-log').getByText('Passkey added').waitFor();
    await expect.poll(() => key.count()).toBe(1);

    // The same place again: the browser finds it there.
    await addPasskey(first, 'Again', password);
    await page.getByRole('dialog').getByText('has a passkey in that place already').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

    // A browser that knows nothing, with the same key plugged in.
    await first.signOut();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.goto('about:blank');
    await key.forgetBrowser(product.server.address);
    await page.goto(product.server.address);
    await page.getByRole('button', { name: 'I have an account' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('button', { name: `Account @${first.name}` }).waitFor();
    await first.chat('Notes to yourself').click();
    await first.bubble('Only for me').waitFor();
    await first.settings('devices');
    await expect.poll(() => page.locator('.devices > li').count()).toBe(2);

    // It confirms what the password confirms, and may remove itself.
    await first.settings('security');
    await page.getByRole('button', { name: 'Remove the passkey Blue key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Confirm with a passkey instead' }).click();
    // Whoever is asked may say no.
    await page.evaluate(() => {
      const get = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = async () => {
        navigator.credentials.get = get;
        throw new DOMException('No', 'NotAllowedError');
      };
    });
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByText('Nothing was confirmed').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('The passkey was removed.').waitFor();
    await page.locator('.security-log').getByText('Passkey removed').waitFor();

    await first.signOut();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /passkey/i })
      .waitFor();
    await first.signIn(password);
    await page.getByRole('button', { name: `Account @${first.name}` }).waitFor();
  });

  it('that can only sign in is refused with a reason, and not left behind', async () => {
    const { first, password } = await ada();
    const key = await Authenticator.plugInto(first.page, { hasPrf: false });
    await addPasskey(first, 'Old key', password);
    await first.page.getByRole('dialog').getByText('can only sign in').waitFor();
    await expect.poll(() => key.count()).toBe(0);
    await first.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await first.page.locator('.security-log').getByText('Account created').waitFor();
    await expect.poll(() => first.page.locator('.security-log').getByText('Passkey added').count()).toBe(0);
  });

  it('is not offered where the browser cannot ask one for keys', async () => {
    const person = await product.open('nobody');
    await person.context.addInitScript(() => {
      PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': false });
    });
    await person.page.reload();
    await person.page.getByRole('button', { name: 'I have an account' }).click();
    await person.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await expect
      .poll(() => person.page.getByRole('button', { name: 'Sign in with a passkey' }).count())
      .toBe(0);
  });
});

/** Someone using the app in a browser of their own, by what they see and press. */
import type { BrowserContext, Locator, Page } from 'playwright-core';

export class Person {
  readonly name: string;
  readonly context: BrowserContext;
  page: Page;
  /** Of the account that was created here. */
  recoveryCode = '';

  constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.context = context;
    this.page = page;
  }

  /** From the welcome page to the chats, with the offered passphrase, which is returned. */
  async createAccount(): Promise<string> {
    const { page } = this;
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByLabel('Username').fill(this.name);
    const offered = page.locator('.phrase-words', { hasText: /\S+ \S+ \S+ \S+ \S+/ });
    const passphrase = (await offered.textContent()) ?? '';
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'Keep your recovery code' }).waitFor();
    const groups = await page.locator('.code span').allTextContents();
    this.recoveryCode = groups.join('-');
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Open Sotto' }).click();
    return passphrase;
  }

  async signIn(password: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Password' }).fill(password);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** Opens a page below the settings. */
  async settings(page: 'devices' | 'security'): Promise<void> {
    await this.page.evaluate((place) => {
      location.hash = `#/settings/${place}`;
    }, page);
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: 'Account' }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  }

  /** Finds someone by username and opens the chat. */
  async find(username: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New chat' }).click();
    await this.page.getByLabel('Username or invite link').fill(username);
    await this.page.getByRole('button', { name: 'Start chat' }).click();
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await this.bubble(text).waitFor();
  }

  get composer(): Locator {
    return this.page.locator('#composer');
  }
  chat(name: string): Locator {
    return this.page.locator('a.list-row', { hasText: name });
  }
  bubble(text: string): Locator {
    return this.page.locator('.bubble', { hasText: text });
  }
  tick(text: string, state: string): Locator {
    return this.bubble(text).getByRole('img', { name: state, exact: true });
  }
  /** Every text in the open thread, oldest first. */
  texts(): Promise<string[]> {
    return this.page.locator('.bubble-text').allTextContents();
  }
}

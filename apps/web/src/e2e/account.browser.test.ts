/** An account on several browsers, as its user sees it: devices, password, recovery code. Built app, real product.server. */
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

/** The same account in another browser. */
async function another(of: Person, password: string): Promise<Person> {
  const person = await product.openElsewhere(of.name, password);
  await person.page.getByRole('button', { name: `Account @${of.name}` }).waitFor();
  return person;
}

describe('the devices page', () => {
  it('lists, renames and removes, and the removed browser is cut off and locked', async () => {
    const { first, password } = await ada();
    const second = await another(first, password);
    await first.find(first.name);
    await first.write('Only for me');
    await second.chat('Notes to yourself').waitFor();

    await first.settings('devices');
    const devices = first.page.locator('.devices > li');
    await devices.nth(1).getByText('Chrome on Linux').waitFor();
    await devices.nth(0).getByText('This browser, in use now').waitFor();
    await devices.nth(1).getByRole('button', { name: 'Rename' }).click();
    await first.page.getByLabel('Name', { exact: true }).fill('Old laptop');
    await first.page.getByRole('button', { name: 'Save' }).click();
    await devices.nth(1).getByText('Old laptop').waitFor();
    await second.settings('devices');
    await second.page.locator('.devices > li').nth(0).getByText('Old laptop').waitFor();

    await first.page.getByRole('button', { name: 'Remove Old laptop' }).click();
    const dialog = first.page.getByRole('dialog');
    await dialog.getByText('could have been copied').waitFor();
    await dialog.getByLabel('Current password').fill('not the password');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'Wrong password' }).waitFor();
    await dialog.getByLabel('Current password').fill(password);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => devices.count()).toBe(1);

    await second.page.getByRole('heading', { name: 'This browser was removed' }).waitFor();
    await second.page.getByRole('button', { name: 'Reload' }).click();
    await second.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await first.settings('security');
    await first.page.getByText('Device removed').waitFor();
    await first.chat('Notes to yourself').click();
    await first.write('After it was gone');

    await second.signIn(password);
    await second.page.getByRole('button', { name: `Account @${first.name}` }).waitFor();
  });
});

describe('password and recovery code', () => {
  it('are changed, each with a test, and noted in the log', async () => {
    const { first, password } = await ada();
    await first.settings('security');
    const { page } = first;
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByLabel('Current password').fill(password);
    const next = 'lantern orbit cedar plough tide';
    await page.getByLabel('New password').fill(next);
    await page.getByText('Very strong.').or(page.getByText('Strong enough.')).first().waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password was changed and tested.').waitFor();
    await page.locator('.security-log').getByText('Password changed').waitFor();

    await page.getByRole('button', { name: 'Replace recovery code' }).click();
    const shown = page.getByRole('dialog').locator('.code span');
    await shown.first().waitFor();
    const code = (await shown.allTextContents()).join(' ');
    await page.getByRole('checkbox').check();
    await page.getByLabel('Current password').fill(next);
    await page.getByRole('button', { name: 'Use this code' }).click();
    await page.getByText('The new recovery code was tested').waitFor();
    await page.locator('.security-log').getByText('Recovery code replaced').waitFor();

    // Forgotten after all: the old code opens nothing, the new one sets a password on another browser.
    const second = await product.open(first.name);
    await second.page.getByRole('button', { name: 'I have an account' }).click();
    await second.page.getByRole('button', { name: 'Forgot your password?' }).click();
    await second.page.getByLabel('Username').fill(first.name);
    await second.page.getByLabel('Recovery code').fill(first.recoveryCode);
    const last = 'copper meadow violin harbor salt';
    await second.page.getByLabel('New password').fill(last);
    await second.page.getByText('Very strong.').or(second.page.getByText('Strong enough.')).first().waitFor();
    await second.page.getByRole('button', { name: 'Set password' }).click();
    await second.page.getByRole('alert').filter({ hasText: 'This is not the recovery code' }).waitFor();
    await second.page.getByLabel('Recovery code').fill(code.toLowerCase());
    await second.page.getByRole('button', { name: 'Set password' }).click();
    await second.page.getByRole('button', { name: `Account @${first.name}` }).waitFor();
    await second.settings('security');
    await second.page.getByText('New password set with the recovery code').waitFor();
    const third = await another(first, last);
    await third.settings('devices');
    await expect.poll(() => third.page.locator('.devices > li').count()).toBe(3);
  });
});

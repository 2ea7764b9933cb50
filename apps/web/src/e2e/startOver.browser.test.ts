/**
 * Password and recovery code are lost, as the user and a contact see it: what remains, and what does not. Built app,
 * real server; the operator's command as a process of its own.
 */
import { describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const next = 'copper meadow violin harbor salt';

// Answers that say what is wrong come as HTTP errors, which the browser notes by itself.
const product = serveProduct(/status of 40[0-9]|WebSocket/);
let made = 0;

/** Ada has a chat with Ben in which both have written. */
async function adaAndBen(): Promise<{ ada: Person; ben: Person; adasPassword: string }> {
  made += 1;
  const ada = await product.open(`ada-${made}`);
  const ben = await product.open(`ben-${made}`);
  const adasPassword = await ada.createAccount();
  await ben.createAccount();
  await ada.find(ben.name);
  await ada.write('Hello Ben');
  await ben.chat(ada.name).click();
  await ben.bubble('Hello Ben').waitFor();
  await ben.write('Hello Ada');
  await ada.bubble('Hello Ada').waitFor();
  return { ada, ben, adasPassword };
}

async function chooseNewPassword(person: Person): Promise<void> {
  const { page } = person;
  await page.getByLabel('New password').fill(next);
  await page.getByText('Very strong.').or(page.getByText('Strong enough.')).first().waitFor();
  await page.getByLabel('I know that this cannot be undone').check();
}

async function keepRecoveryCode(person: Person): Promise<string> {
  const { page } = person;
  await page.getByRole('heading', { name: 'Keep your recovery code' }).waitFor();
  const code = (await page.locator('.code span').allTextContents()).join('-');
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Open Sotto' }).click();
  return code;
}

/** The contact sees what happened, is not written for to anybody, and then goes on with the new identity. */
async function benMeetsAdaAgain(ben: Person, ada: Person): Promise<void> {
  await ben.page.getByRole('heading', { name: `@${ada.name} has a new identity` }).waitFor();
  await expect.poll(() => ben.composer.count()).toBe(0);
  await ada.find(ben.name);
  await ada.write('It is me, with new keys');
  // Ada's new chat waits at the server: nothing of Ben's goes to it.
  await expect.poll(() => ben.bubble('It is me').count()).toBe(0);
  await expect.poll(() => ada.tick('It is me', 'Delivered').count()).toBe(0);

  await ben.page.getByRole('button', { name: 'It is them: write to the new identity' }).click();
  await ben.bubble('It is me, with new keys').waitFor();
  await ben.write('Good to have you back');
  await ada.bubble('Good to have you back').waitFor();
  // The earlier chat is still there to read.
  await ben.page.locator('a.list-row', { hasText: 'Earlier identity' }).click();
  await ben.bubble('Hello Ada').waitFor();
  await expect.poll(() => ben.composer.count()).toBe(0);
}

describe('a forgotten password', () => {
  it('is replaced with the recovery code, and the whole history is there on a new browser', async () => {
    const { ada, ben } = await adaAndBen();
    const { recoveryCode } = ada;
    await product.leave(ada);
    await ben.write('While you were away');
    const back = await product.open(ada.name);
    await back.page.getByRole('button', { name: 'I have an account' }).click();
    await back.page.getByRole('button', { name: 'Forgot your password?' }).click();
    await back.page.getByLabel('Username').fill(ada.name);
    await back.page.getByLabel('Recovery code').fill(recoveryCode);
    await back.page.getByLabel('New password').fill(next);
    await back.page.getByText('Very strong.').or(back.page.getByText('Strong enough.')).first().waitFor();
    await back.page.getByRole('button', { name: 'Set password' }).click();
    await back.chat(ben.name).click();
    await back.bubble('While you were away').waitFor();
    await expect.poll(() => back.texts()).toEqual(['Hello Ben', 'Hello Ada', 'While you were away']);
    await expect.poll(() => ben.page.getByText('has a new identity').count()).toBe(0);
  });
});

describe('starting over', () => {
  it('from a signed-in browser gives the name new keys, and contacts choose', async () => {
    const { ada, ben } = await adaAndBen();
    await ada.settings('security');
    await ada.page.getByRole('button', { name: 'Start over' }).click();
    const dialog = ada.page.getByRole('dialog');
    await dialog.getByText('Your chats and messages stay closed').waitFor();
    await dialog.getByRole('button', { name: 'Start over' }).click();
    await dialog.getByRole('alert').waitFor();
    await chooseNewPassword(ada);
    await dialog.getByRole('button', { name: 'Start over' }).click();
    const code = await keepRecoveryCode(ada);
    expect(code).not.toBe(ada.recoveryCode);
    await ada.page.getByText('No chats yet').waitFor();
    await ada.settings('security');
    await ada.page.locator('.security-log').getByText('Started over with a new identity').waitFor();

    await benMeetsAdaAgain(ben, ada);
    // What was set opens the account elsewhere; what opened the old one does not.
    const other = await product.open(ada.name);
    await other.page.getByRole('button', { name: 'I have an account' }).click();
    await other.page.getByLabel('Username').fill(ada.name);
    await other.signIn('not this one');
    await other.page.getByRole('alert').filter({ hasText: 'Wrong password' }).waitFor();
    await other.signIn(next);
    await other.chat(ben.name).click();
    await other.bubble('Good to have you back').waitFor();
    expect(await other.texts()).not.toContain('Hello Ben');
  });

  it('without any device needs the operator, whose link works once', async () => {
    const { ada, ben } = await adaAndBen();
    const elsewhere = await product.open(ada.name);
    await product.leave(ada);
    const link = await product.server.resetLink(ada.name);
    await elsewhere.page.goto(link);
    await elsewhere.page.reload();
    await elsewhere.page.getByRole('heading', { name: `Start over as @${ada.name}` }).waitFor();
    await chooseNewPassword(elsewhere);
    await elsewhere.page.getByRole('button', { name: 'Start over' }).click();
    await keepRecoveryCode(elsewhere);
    await elsewhere.page.getByText('No chats yet').waitFor();
    expect(elsewhere.page.url()).not.toContain('reset');
    await benMeetsAdaAgain(ben, elsewhere);

    const again = await product.open('again', link);
    await again.page.getByText('This link no longer works').waitFor();
  });

  it('signs other browsers of the old account out, and says why', async () => {
    const { ada, adasPassword } = await adaAndBen();
    const second = await product.open(ada.name);
    await second.page.getByRole('button', { name: 'I have an account' }).click();
    await second.page.getByLabel('Username').fill(ada.name);
    await second.signIn(adasPassword);
    await second.page.getByRole('button', { name: `Account @${ada.name}` }).waitFor();
    await ada.settings('security');
    await ada.page.getByRole('button', { name: 'Start over' }).click();
    await chooseNewPassword(ada);
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
    await keepRecoveryCode(ada);
    await second.page.getByRole('heading', { name: 'Your account was started over' }).waitFor();
    await second.page.getByRole('button', { name: 'Reload' }).click();
    await second.signIn(next);
    await second.page.getByRole('button', { name: `Account @${ada.name}` }).waitFor();
  });
});

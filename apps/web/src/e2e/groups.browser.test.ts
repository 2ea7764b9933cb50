/** Groups in the whole product: the built app, the real server, and people in browsers of their own. */
import { describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct();
let made = 0;

/** People with new accounts, each in their own browser. */
async function people<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ [At in keyof Names]: Person }> {
  made += 1;
  const all = await Promise.all(names.map((name) => product.open(`${name}${made}`)));
  for (const person of all) await person.createAccount();
  return all as { [At in keyof Names]: Person };
}

/** A group by its owner with these members; opened there. */
async function createGroup(owner: Person, name: string, ...members: readonly Person[]): Promise<void> {
  const { page } = owner;
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('button', { name: 'New group' }).click();
  const field = page.getByLabel('Name or username');
  for (const member of members) {
    await field.fill(member.name);
    await field.press('Enter');
    await page.locator('.picker-chip', { hasText: member.name }).waitFor();
  }
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Group name').fill(name);
  await page.getByRole('button', { name: 'Create group' }).click();
  await page.getByRole('textbox', { name: `Message ${name}` }).waitFor();
}

const line = (person: Person, text: string) => person.page.locator('.notice', { hasText: text });
const details = (person: Person) => person.page.locator('.details');
const dialog = (person: Person) => person.page.getByRole('dialog');

async function act(person: Person, member: Person, action: string): Promise<void> {
  await details(person)
    .getByRole('button', { name: `Options for ${member.name}` })
    .click();
  await person.page.getByRole('menuitem', { name: action }).click();
  await dialog(person).getByRole('button', { name: action }).click();
  await dialog(person).waitFor({ state: 'detached' });
}

async function addPeople(person: Person, ...added: readonly Person[]): Promise<void> {
  await details(person).getByRole('button', { name: 'Add people' }).click();
  const field = dialog(person).getByLabel('Name or username');
  for (const { name } of added) {
    await field.fill(name);
    await field.press('Enter');
    await dialog(person).locator('.picker-chip', { hasText: name }).waitFor();
  }
  await dialog(person)
    .getByRole('button', { name: /^Add \d+/ })
    .click();
  await dialog(person).waitFor({ state: 'detached' });
}

/** Makes a link in the open group's details, and reads it. */
async function makeLink(person: Person, needsApproval: boolean): Promise<string> {
  await details(person).getByRole('button', { name: 'Invite links' }).click();
  await dialog(person).getByRole('switch', { name: 'let each one in' }).setChecked(needsApproval);
  await dialog(person).getByRole('button', { name: 'Make link' }).click();
  await dialog(person).getByRole('button', { name: 'QR code' }).click();
  const shown = dialog(person).getByRole('status', { name: 'Invite link' });
  const address = (await shown.textContent()) ?? '';
  await person.page.keyboard.press('Escape');
  await dialog(person).waitFor({ state: 'detached' });
  return new URL(address).hash;
}

describe('a group', () => {
  it('is created, talked in, grows, has admins, and those who are removed are out', async () => {
    const [ada, ben, cem] = await people('ada', 'ben', 'cem');
    await createGroup(ada, 'Rowing', ben);
    await ada.write('Welcome to the boat');
    await ben.chat('Rowing').click();
    await ben.bubble('Welcome to the boat').waitFor();
    await line(ben, `${ada.name} created the group.`).waitFor();
    await ben.write('Hello from Ben');
    await ada.bubble('Hello from Ben').waitFor();

    await addPeople(ada, cem);
    await line(ada, `You added ${cem.name}. New members see messages from here on.`).waitFor();
    await line(ben, `${ada.name} added ${cem.name}`).waitFor();
    await cem.chat('Rowing').click();
    await line(cem, `${ada.name} added you. You see messages from here on.`).waitFor();
    await cem.write('Hello from Cem');
    await ada.bubble('Hello from Cem').waitFor();
    await ben.bubble('Hello from Cem').waitFor();
    await expect.poll(() => cem.texts()).toEqual(['Hello from Cem']);

    await act(ada, ben, 'Make admin');
    await line(ben, `${ada.name} made you an admin.`).waitFor();
    await act(ben, cem, 'Remove from group');
    await line(ada, `${ben.name} removed ${cem.name}.`).waitFor();
    await cem.page.getByText('You were removed from this group').waitFor();
    await ada.write('Only for the two of us');
    await ben.bubble('Only for the two of us').waitFor();
    await expect.poll(() => cem.texts()).toEqual(['Hello from Cem']);

    await details(ben).getByRole('button', { name: 'Edit' }).click();
    await ben.page.getByLabel('Group name').fill('Rowing club');
    await ben.page.getByRole('button', { name: 'Save' }).click();
    await line(ada, `${ben.name} named the group “Rowing club”.`).waitFor();
    await ada.chat('Rowing club').waitFor();
  });

  it('shows earlier messages to new members where it says so', async () => {
    const [ada, ben, cem] = await people('ada', 'ben', 'cem');
    await createGroup(ada, 'Archive', ben);
    await ada.write('Said before');
    await ben.chat('Archive').click();
    await ben.bubble('Said before').waitFor();
    await details(ada).getByRole('switch', { name: 'New members see earlier messages' }).click();
    await dialog(ada).getByRole('button', { name: 'Show earlier messages' }).click();
    await line(ben, `${ada.name} chose that new members see earlier messages.`).waitFor();
    await addPeople(ada, cem);
    await line(ben, 'New members see earlier messages, too.').waitFor();
    await cem.chat('Archive').click();
    await line(cem, 'Earlier messages are here for you, too.').waitFor();
    await cem.bubble('Said before').waitFor();
  });

  it('is there on another browser of a member, who writes from it', async () => {
    made += 1;
    const ada = await product.open(`ada${made}`);
    const ben = await product.open(`ben${made}`);
    await ada.createAccount();
    const password = await ben.createAccount();
    await createGroup(ada, 'Choir', ben);
    await ada.write('The rehearsal is at seven');
    await ben.chat('Choir').click();
    await ben.bubble('The rehearsal is at seven').waitFor();
    const again = await product.openElsewhere(ben.name, password);
    await again.chat('Choir').click();
    await again.bubble('The rehearsal is at seven').waitFor();
    await again.write('From the other browser');
    await ada.bubble('From the other browser').waitFor();
    await ben.bubble('From the other browser').waitFor();
    await details(again).getByText('2 members').first().waitFor();
  });

  it('is handed over by an owner who leaves', async () => {
    const [ada, ben, cem] = await people('ada', 'ben', 'cem');
    await createGroup(ada, 'Summer house', ben, cem);
    await cem.chat('Summer house').click();
    await ben.chat('Summer house').click();
    await act(ada, cem, 'Make admin');
    await line(cem, `${ada.name} made you an admin.`).waitFor();
    await details(ada).getByRole('button', { name: 'Leave group' }).click();
    await dialog(ada).getByText(`${cem.name} becomes the owner when you leave`).waitFor();
    await dialog(ada).getByRole('button', { name: 'Leave', exact: true }).click();
    await ada.page.getByText('You left this group').waitFor();
    await line(ben, `${ada.name} left the group.`).waitFor();
    const self = details(cem).locator('.member', { hasText: 'You' });
    await self.getByText('Owner').waitFor();
    await expect.poll(() => details(ben).locator('.member').count()).toBe(2);
    await cem.write('The keys are with me');
    await ben.bubble('The keys are with me').waitFor();
    await expect.poll(() => ada.texts()).toEqual([]);
  });
});

describe('an invite link', () => {
  it('asks for approval, and leads who has no account yet through creating one', async () => {
    const [ada, ben] = await people('ada', 'ben');
    await createGroup(ada, 'Harbour', ben);
    const hash = await makeLink(ada, true);
    const cem = await product.open(`cem${made}`, `${product.server.address}/${hash}`);
    await cem.page.getByText('The link that you opened leads to').waitFor();
    await cem.createAccount();
    await cem.page.getByRole('heading', { name: 'You are invited to Harbour' }).waitFor();
    await cem.page.getByRole('button', { name: 'Ask to join' }).click();
    await cem.page.getByText('Waiting to be let in').waitFor();

    await details(ada)
      .getByRole('button', { name: `Let in ${cem.name}` })
      .click();
    await line(ada, `${cem.name} joined by an invite link.`).waitFor();
    await cem.page.getByRole('textbox', { name: 'Message Harbour' }).waitFor();
    await cem.write('Thank you for letting me in');
    await ada.bubble('Thank you for letting me in').waitFor();
  });

  it('declines, and lets in nobody once it is revoked', async () => {
    const [ada, ben, cem] = await people('ada', 'ben', 'cem');
    await createGroup(ada, 'Closed circle', ben);
    const hash = await makeLink(ada, true);
    await cem.page.goto(`${product.server.address}/${hash}`);
    await cem.page.getByRole('button', { name: 'Ask to join' }).click();
    await details(ada)
      .getByRole('button', { name: `Decline ${cem.name}` })
      .click();
    await cem.page.getByText('You were not let in').waitFor();

    await details(ada).getByRole('button', { name: 'Invite links' }).click();
    await dialog(ada)
      .getByRole('button', { name: /^Revoke/ })
      .click();
    await dialog(ada).getByText('There is no invite link at the moment').waitFor();
    const dora = await product.open(`dora${made}`);
    await dora.createAccount();
    await dora.page.goto(`${product.server.address}/${hash}`);
    await dora.page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  });

  it('lets in at once where it needs no approval', async () => {
    const [ada, ben, cem] = await people('ada', 'ben', 'cem');
    await createGroup(ada, 'Open water', ben);
    const hash = await makeLink(ada, false);
    await cem.page.goto(`${product.server.address}/${hash}`);
    await cem.page.getByRole('button', { name: 'Join group' }).click();
    await cem.page.getByRole('textbox', { name: 'Message Open water' }).waitFor();
    await cem.write('That was quick');
    await ada.bubble('That was quick').waitFor();
    await ben.chat('Open water').click();
    await line(ben, `${cem.name} joined by an invite link.`).waitFor();
  });
});

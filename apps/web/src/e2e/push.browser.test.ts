/** Being woken while Sotto is closed (spec/push.md), as far as a browser without its maker's push service can show it. */
import type { CDPSession } from 'playwright-core';
import { expect, it } from 'vitest';
import { serveProduct } from './serveProduct.ts';

// Chromium's words for a private window, which is what a test's context is.
const product = serveProduct(/does not support the Push API/);

/** Of the page's service worker, as the browser numbers it. */
async function registrationOf(session: CDPSession): Promise<string> {
  return new Promise((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first !== undefined) resolve(first.registrationId);
    });
    void session.send('ServiceWorker.enable');
  });
}

it('shows that something came, and nothing of what', async () => {
  const ada = await product.open('ada');
  await ada.createAccount();
  const { page } = ada;
  await page.context().grantPermissions(['notifications']);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
  const session = await page.context().newCDPSession(page);
  const registrationId = await registrationOf(session);
  await session.send('ServiceWorker.deliverPushMessage', {
    origin: new URL(product.server.address).origin,
    registrationId,
    data: '',
  });
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body, data }) => ({ title, body, data }));
    });
  await expect
    .poll(shown, { timeout: 30_000 })
    .toEqual([{ title: 'Sotto', body: 'There is something new for you.', data: null }]);
});

it('says in the settings where the browser reaches no push service', async () => {
  const ben = await product.open('ben');
  await ben.createAccount();
  const { page } = ben;
  await page.context().grantPermissions(['notifications']);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
  await page.evaluate(() => {
    location.hash = '#/settings';
  });
  const wake = page.getByRole('switch', { name: 'Tell me while Sotto is closed' });
  await wake.click();
  await page.getByText('Your browser reaches no service that could wake it.').waitFor();
  await expect.poll(() => wake.isChecked()).toBe(false);
});

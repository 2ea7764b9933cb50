/**
 * A push, in the service worker (spec/push.md): it says that there is something, and the browser requires that something is
 * shown. Nothing here knows more.
 */

const tag = 'sotto-push';

/** Shows pushes, and opens the app when that is chosen. */
export function showPushes(worker: ServiceWorkerGlobalScope): void {
  worker.addEventListener('push', (event) => event.waitUntil(show(worker)));
  worker.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(openApp(worker));
  });
}

async function show(worker: ServiceWorkerGlobalScope): Promise<void> {
  await worker.registration.showNotification('Sotto', {
    body: 'There is something new for you.',
    icon: '/icon.svg',
    badge: '/icon.svg',
    tag,
    // A later one, perhaps a call, is heard as well.
    renotify: true,
  } as NotificationOptions);
}

async function openApp(worker: ServiceWorkerGlobalScope): Promise<void> {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const [page] = pages;
  if (page === undefined) await worker.clients.openWindow('/');
  else await page.focus();
}

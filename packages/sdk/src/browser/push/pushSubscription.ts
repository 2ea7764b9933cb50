/**
 * Whether this browser is woken while nothing of Sotto runs in it (spec/push.md). The choice is the browser's permission and
 * its subscription; nothing is kept besides.
 */
import type { SottoApi } from '@sotto/client/api';

type PushApi = Pick<SottoApi, 'readPushKey' | 'setPushTarget'>;

/** `denied`: only the browser's own settings can change that. */
export type PushState = 'on' | 'off' | 'denied' | 'unsupported';
/** `notSupported`: by the server. `noPushService`: the browser reaches none, or has none. */
export type PushProblem = 'denied' | 'offline' | 'notSupported' | 'noPushService';

export async function readPushState(): Promise<PushState> {
  const registration = await findRegistration();
  if (registration === null) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  const subscription = await registration.pushManager.getSubscription();
  return subscription !== null && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Asks the browser and its push service, and tells the server. Null: it is on. Called by a press of the user. */
export async function turnPushOn(sotto: PushApi): Promise<PushProblem | null> {
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const registration = await findRegistration();
  if (registration === null) return 'noPushService';
  const key = await sotto.readPushKey();
  if (key.kind === 'problem') return 'offline';
  if (key.value.length === 0) return 'notSupported';
  const subscription = await subscribe(registration, key.value);
  if (subscription === null) return 'noPushService';
  const told = await sotto.setPushTarget(subscription.endpoint);
  if (told.kind === 'ok') return null;
  await subscription.unsubscribe();
  return told.problem.kind === 'offline' ? 'offline' : 'noPushService';
}

/** Also where the server cannot be told: the push service says so to it with the next push. */
export async function turnPushOff(sotto: PushApi): Promise<void> {
  const registration = await findRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await sotto.setPushTarget(null);
}

/** Once signed in: push services change their endpoints, and browsers forget to say so. */
export async function tellPushTarget(sotto: PushApi): Promise<void> {
  const registration = await findRegistration();
  const subscription = (await registration?.pushManager.getSubscription()) ?? null;
  if (subscription === null) return;
  const key = await sotto.readPushKey();
  if (key.kind === 'problem') return;
  const present = subscription.options.applicationServerKey;
  if (registration !== null && present !== null && !areEqual(new Uint8Array(present), key.value)) {
    // Another server's, or one that was set up anew: its pushes would be refused.
    await subscription.unsubscribe();
    const renewed = key.value.length === 0 ? null : await subscribe(registration, key.value);
    if (renewed !== null) await sotto.setPushTarget(renewed.endpoint);
    return;
  }
  await sotto.setPushTarget(subscription.endpoint);
}

async function findRegistration(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator) || !('Notification' in globalThis)) return null;
  const registration = await navigator.serviceWorker.getRegistration('/');
  return registration !== undefined && 'pushManager' in registration ? registration : null;
}

async function subscribe(
  registration: ServiceWorkerRegistration,
  key: Uint8Array,
): Promise<PushSubscription | null> {
  try {
    return await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: new Uint8Array(key),
    });
  } catch {
    return null;
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

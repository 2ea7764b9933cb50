/**
 * The one place where the page makes code of an address: the Trusted Types policy `sotto`, which lets this origin's
 * own scripts pass as workers and nothing else. The server's policy is `require-trusted-types-for 'script';
 * trusted-types sotto`.
 */

/** What is used of the Trusted Types API (w3c.github.io/trusted-types), which TypeScript does not declare yet. */
interface TrustedTypesFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): { toString(): string } };
}

function ownScript(url: string): string {
  if (new URL(url, location.href).origin !== location.origin)
    throw new TypeError('a script of another origin');
  return url;
}

const factory = (globalThis as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
const policy = factory?.createPolicy('sotto', { createScriptURL: ownScript });

/**
 * A worker from a script of this origin. It bears the name of what it extends because bundlers look for the words
 * `new Worker(new URL('…', import.meta.url)`.
 */
export class Worker extends globalThis.Worker {
  constructor(url: URL, options: WorkerOptions) {
    // The constructor takes a TrustedScriptURL where the API exists; its declaration says string.
    super((policy?.createScriptURL(url.href) ?? ownScript(url.href)) as string, options);
  }
}

/** Registers a service worker of this origin for all of its pages. */
export function registerServiceWorker(
  container: ServiceWorkerContainer,
  path: string,
): Promise<ServiceWorkerRegistration> {
  const url = new URL(path, location.href).href;
  return container.register((policy?.createScriptURL(url) ?? ownScript(url)) as string, { scope: '/' });
}

/** What `chromiumRun.browser.test.ts` runs: it tells where it is, or fails as asked. */
export default function echo(input?: { readonly fail?: string; readonly value?: number }): object {
  if (input?.fail !== undefined) throw new Error(input.fail);
  return {
    inWorker: typeof document === 'undefined',
    secure: globalThis.isSecureContext,
    value: input?.value ?? null,
  };
}

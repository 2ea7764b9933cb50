/**
 * Whether a request with this `Origin` header comes from the web app of this server (or from a program that is no
 * browser and sends none): the configured origin, else whatever host the request itself was sent to.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  configured: string | null,
): boolean {
  if (origin === undefined) return true;
  if (configured !== null && origin === configured) return true;
  return URL.canParse(origin) && configured === null && new URL(origin).host === host;
}

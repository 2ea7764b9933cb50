/**
 * Headers of every answer (spec/server.md §HTTP). Scripts and styles come from this server alone and inline ones do
 * not run; nothing third-party is ever asked for. Framing is a matter of `frame-ancestors` only, so that an operator
 * can allow it.
 */
export function securityHeaders(
  embedOrigins: readonly string[],
  socketOrigin: string | null,
): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self'${socketOrigin === null ? '' : ` ${socketOrigin}`}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...embedOrigins].join(' ')}`,
    "require-trusted-types-for 'script'",
    'trusted-types sotto',
  ];
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=(), serial=(), browsing-topics=()',
  };
}

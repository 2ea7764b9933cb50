/** For tests: serves a built page as Sotto's server does, with a strict page policy. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildPage } from './buildPage.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types sotto',
].join('; ');

const types: Record<string, string> = {
  html: 'text/html',
  mhtml: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
};

export interface ServedBuild {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveBuild(page: URL): Promise<ServedBuild> {
  const files = await buildPage(page);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const body = files.get(path);
    const type = types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    response.setHeader('content-security-policy', policy);
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

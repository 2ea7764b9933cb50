/** Serves the app over its fixture under the page policy of the real server, for browser tests. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { builtApp } from './builds/buildApp.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** As the server's `securityHeaders`. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types sotto',
].join('; ');

export interface ServedFixture {
  /** The address of a scene (see scenes.ts) at a hash. */
  address(scene: string, hash?: string): string;
  close(): Promise<void>;
}

export async function serveFixture(): Promise<ServedFixture> {
  const { folder, release } = await builtApp('fixture');
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = pathname === '/' ? '/src/testing/fixture.html' : pathname;
    const file = path.join(folder, path.normalize(name));
    try {
      const body = await readFile(file);
      const type = types[path.extname(file)] ?? 'application/octet-stream';
      // As the server does: what has a hash in its name is kept, so that a page used again need not compile it again.
      const caching = pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      response
        .writeHead(200, { 'content-type': type, 'content-security-policy': policy, 'cache-control': caching })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: (scene, hash = '') => `http://localhost:${port}/?scene=${scene}${hash}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await release();
    },
  };
}

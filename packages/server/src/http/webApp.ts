/** The built web app, as files: hashed assets for ever, everything else asked for again each time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const yearSeconds = 365 * 24 * 3600;

export async function addWebApp(app: FastifyInstance, folder: string | null): Promise<void> {
  const isBuilt = folder !== null && existsSync(join(folder, 'index.html'));
  if (folder !== null && isBuilt) {
    await app.register(fastifyStatic, {
      root: folder,
      preCompressed: true,
      cacheControl: false,
      setHeaders(response, path) {
        const isHashed = path.startsWith(join(folder, 'assets'));
        const policy = isHashed ? `public, max-age=${yearSeconds}, immutable` : 'no-cache';
        response.header('cache-control', policy);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const isPage = request.method === 'GET' && !path.startsWith('/api/') && !path.includes('.');
    // Every address inside the app is the app; below `/media/` is what the page's service worker alone answers.
    const isFile = path.startsWith('/assets/') || path.startsWith('/media/');
    if (isBuilt && isPage && !isFile) return reply.sendFile('index.html');
    return reply.code(404).type('text/plain').send('Not found\n');
  });
}

/**
 * Set-up of every run of browser tests: builds of the app, each made when the first test file asks for it and shared by
 * all of them, since a build takes longer than many a file's tests. Removed after the run.
 */
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BuiltApp, buildApp, buildsAddressName } from './buildApp.ts';

export async function setup(): Promise<() => Promise<void>> {
  const builds = new Map<BuiltApp, Promise<string>>();
  const server = createServer(async (request, response) => {
    const app = request.url === '/product' ? 'product' : 'fixture';
    const building = builds.get(app) ?? buildApp(app);
    builds.set(app, building);
    try {
      response.end(await building);
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : 'unknown');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env[buildsAddressName] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const folders = await Promise.allSettled(builds.values());
    for (const folder of folders) {
      if (folder.status === 'fulfilled') await rm(folder.value, { recursive: true, force: true });
    }
  };
}

import { buildMediaWorker, mediaWorkerName } from '@sotto/sdk/build';
import type { Plugin } from 'vite';

/** The SDK's service worker, under the fixed name at the root that pages look for. */
export function addMediaWorker(): Plugin {
  return {
    name: 'sotto-media-worker',
    configureServer(server) {
      server.middlewares.use(`/${mediaWorkerName}`, (_request, response, next) => {
        buildMediaWorker(false).then(
          (code) => response.setHeader('content-type', 'text/javascript').end(code),
          next,
        );
      });
    },
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: mediaWorkerName, source: await buildMediaWorker(true) });
    },
  };
}

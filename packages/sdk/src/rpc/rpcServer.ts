/** The leader's end: carries out what pages ask of the engine. Invariant: a page that is forgotten costs nothing more. */
import type { SottoApi } from '@sotto/client/api';
import type { Command, ViewQuery } from './commands.ts';
import { leaveOutKnownPhotos } from './listPhotos.ts';
import { decodeToLeader, type ToPage } from './messages.ts';

export interface RpcServer {
  receive(message: unknown): void;
  /** The page is gone: ends its watches. */
  forget(pageId: string): void;
}

export interface RpcServerParts {
  readonly api: SottoApi;
  readonly post: (pageId: string, message: ToPage) => void;
  /** A page was heard of for the first time. */
  readonly met: (pageId: string) => void;
  /** The engine threw: a fault of its own, for the log. */
  readonly faulted: (error: unknown) => void;
}

const watchesPerPage = 1000;

export function createRpcServer({ api, post, met, faulted }: RpcServerParts): RpcServer {
  /** How to end each watch, by page and id. */
  const pages = new Map<string, Map<number, () => void>>();
  const watchesOf = (pageId: string): Map<number, () => void> => {
    let watches = pages.get(pageId);
    if (watches === undefined) {
      watches = new Map();
      pages.set(pageId, watches);
      met(pageId);
    }
    return watches;
  };

  const call = async (
    pageId: string,
    id: number,
    command: Command,
    values: readonly unknown[],
  ): Promise<void> => {
    try {
      const run = api[command] as (...values: readonly unknown[]) => Promise<unknown>;
      post(pageId, { kind: 'result', id, value: await run.apply(api, [...values]) });
    } catch (error) {
      faulted(error);
      post(pageId, { kind: 'failure', id, reason: 'failed' });
    }
  };

  const watch = (view: ViewQuery, tell: (value: unknown) => void): (() => void) => {
    if (view.kind !== 'conversations') return api.watch(view, tell);
    const leaveOut = leaveOutKnownPhotos();
    return api.watch(view, (list) => tell(leaveOut(list)));
  };

  return {
    receive(value) {
      const decoded = decodeToLeader(value);
      if (decoded === null) return;
      if (decoded.kind === 'malformed') {
        post(decoded.pageId, { kind: 'failure', id: decoded.id, reason: 'malformed' });
        return;
      }
      const { message } = decoded;
      const { pageId, id } = message;
      const watches = watchesOf(pageId);
      switch (message.kind) {
        case 'call':
          void call(pageId, id, message.command, message.arguments);
          return;
        case 'watch':
          if (watches.size >= watchesPerPage) {
            post(pageId, { kind: 'failure', id, reason: 'malformed' });
            return;
          }
          watches.get(id)?.();
          watches.set(
            id,
            watch(message.view, (value) => post(pageId, { kind: 'value', id, value })),
          );
          return;
        case 'unwatch':
          watches.get(id)?.();
          watches.delete(id);
          return;
      }
    },
    forget(pageId) {
      for (const stop of pages.get(pageId)?.values() ?? []) stop();
      pages.delete(pageId);
    },
  };
}

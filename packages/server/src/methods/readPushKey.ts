import { done } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** What a browser asks its push service with (`applicationServerKey`). */
export const readPushKey: ConnectionHandler<'readPushKey'> = async (server) => {
  return done({ key: server.pushes.key });
};

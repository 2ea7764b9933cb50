import { done, refused } from '../outcome.ts';
import { readPushEndpoint } from '../push/pushEndpoint.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/push.md §Endpoints: where the calling device is woken. */
export const setPushTarget: ConnectionHandler<'setPushTarget'> = async ({ store }, caller, { endpoint }) => {
  if (endpoint !== '' && readPushEndpoint(endpoint) === null) return refused('malformed');
  await store.setPushTarget(caller.deviceId, endpoint === '' ? null : endpoint);
  return done({});
};

import { limits } from '@sotto/protocol';
import { showCallRooms } from '../calls/tellCallRooms.ts';
import { showPresence } from '../connection/presence.ts';
import { decodeCursors, encodeLogRef } from '../log/logKey.ts';
import { refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** spec/log.md §Reading. All of the logs are subscribed to, or none. */
export const subscribe: ConnectionHandler<'subscribe'> = async (server, caller, request) => {
  const tooMany = refuseTooMany(request.logs, limits.logsPerSubscribe);
  if (tooMany !== null) return tooMany;
  const cursors = decodeCursors(request.logs);
  if (cursors === null) return refused('malformed');
  const { subscriber } = caller;
  const subscriptions = cursors.map(({ log, seq }) => subscriber.prepare(log, seq));
  const abandon = () => {
    for (const subscription of subscriptions) subscriber.abandon(subscription);
  };
  const opened = await server.store
    .openLogs(
      caller.deviceId,
      cursors.map(({ log }) => log),
    )
    .catch((error) => {
      abandon();
      throw error;
    });
  if (opened.kind === 'refused') {
    abandon();
    return opened;
  }
  const heads = opened.value.map(({ headSeq, throughSeq }, i) => ({
    log: encodeLogRef(cursors[i]!.log),
    seq: BigInt(throughSeq === null ? headSeq : Math.min(headSeq, throughSeq)),
  }));
  return {
    kind: 'done',
    value: { heads },
    afterAnswer() {
      for (const [i, subscription] of subscriptions.entries())
        subscriber.begin(subscription, opened.value[i]!);
      for (const [i, { log }] of cursors.entries()) {
        const isMember = log.kind === 'conversation' && opened.value[i]?.throughSeq === null;
        if (isMember) showCallRooms(server, caller, log.id);
      }
      server.background(showPresence(server, caller));
    },
  };
};

import type { ConversationId, SottoApi } from '../sotto.ts';

const patienceMs = 30_000;

/** A link to a group, as soon as it has one that this device knows; null where none comes. */
export function linkOf(sotto: SottoApi, conversationId: ConversationId): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => resolve(null), patienceMs);
  const stop = sotto.watch({ kind: 'conversation', conversationId }, (details) => {
    const link = details?.group?.invites.find((invite) => invite.link !== null)?.link ?? null;
    if (link !== null) resolve(link);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    stop();
  });
}

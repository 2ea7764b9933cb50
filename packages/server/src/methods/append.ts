import { type AppendRequest, type ConversationId, idFromBytes, idSizeBytes, limits } from '@sotto/protocol';
import { decodeCommit, storedSizeBytes } from '../log/decodeCommit.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import type { AppendDraft } from '../store/store.ts';
import { blobIdsFrom } from './blobIds.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge, refuseTooMany } from './sizes.ts';
import { takeStorage } from './takeStorage.ts';
import { tellThoseLeftOut } from './tellThoseLeftOut.ts';

/** spec/history.md: a nonce of XChaCha20-Poly1305, a key of 32 bytes with its tag. */
const keptNonceSizeBytes = 24;
const keptSealedSizeBytes = 48;

/** spec/log.md §Appending: compare-and-swap on the epoch, once per transaction id. */
export const append: ConnectionHandler<'append'> = async (server, caller, request) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  if (conversationId === null || request.transactionId.length !== idSizeBytes) return refused('malformed');
  const content = decodeContent(request);
  if (content.kind === 'refused') return content;
  const { value } = content;
  const sizeBytes =
    value.kind === 'message' ? value.body.length + value.live.length : storedSizeBytes(value.commit);
  const tooMuch = takeStorage(server, caller, sizeBytes);
  if (tooMuch !== null) return tooMuch;
  const outcome = await server.store.append({
    conversationId,
    sender: { accountId: caller.accountId, deviceId: caller.deviceId },
    transactionId: request.transactionId,
    nowMs: server.clock.nowMs(),
    epoch: request.epoch,
    content: value,
  });
  if (outcome.kind === 'refused') return outcome;
  const { seq, acceptedAtMs } = outcome.value;
  if (value.kind === 'commit' && value.commit.accountsAdded.length > 0) {
    const coming = value.commit.accountsAdded.map(({ accountId }) => accountId);
    tellThoseLeftOut(server, conversationId, coming, value.commit.added);
  }
  if (request.wakes) server.background(server.pushes.wake(conversationId, caller.accountId));
  return done({ seq: BigInt(seq), acceptedAtMs: BigInt(acceptedAtMs) });
};

function decodeContent({
  kind,
  passing,
  wakes,
  blobIds: sentBlobIds,
}: AppendRequest): Outcome<AppendDraft['content'], 'malformed' | 'too_large' | 'too_many'> {
  switch (kind.case) {
    case 'message': {
      const { body, live, kept: sent } = kind.value;
      if (body.length === 0 || live.length === 0) return refused('malformed');
      const kept = sent === undefined ? null : { nonce: sent.nonce, sealed: sent.sealed };
      if (
        kept !== null &&
        (kept.nonce.length !== keptNonceSizeBytes || kept.sealed.length !== keptSealedSizeBytes)
      ) {
        return refused('malformed');
      }
      // What is kept for history does not pass.
      if (passing && kept !== null) return refused('malformed');
      const tooLarge = refuseTooLarge(
        [body, limits.messageBodySizeBytes],
        [live, limits.messageLiveSizeBytes],
      );
      const refusal = tooLarge ?? refuseTooMany(sentBlobIds, limits.blobsPerMessage);
      const blobIds = blobIdsFrom(sentBlobIds);
      if (refusal !== null) return refusal;
      if (blobIds === null) return refused('malformed');
      return done({ kind: 'message', body, live, kept, passing, blobIds });
    }
    case 'commit': {
      const commit = decodeCommit(kind.value);
      if (sentBlobIds.length > 0 || passing || wakes) return refused('malformed');
      return commit.kind === 'refused' ? commit : done({ kind: 'commit', commit: commit.value });
    }
    default:
      return refused('malformed');
  }
}

import { uploadTicketSizeBytes } from '../blobs/blobTransfers.ts';
import { done, refused } from '../outcome.ts';
import { blobIdFrom } from './blobIds.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/server.md §Blobs: all of it was sent; where it hashes to `blob_id` it is a blob. */
export const finishUpload: ConnectionHandler<'finishUpload'> = async ({ transfers }, caller, request) => {
  const blobId = blobIdFrom(request.blobId);
  if (blobId === null || request.ticket.length !== uploadTicketSizeBytes) return refused('malformed');
  const outcome = await transfers.finish(caller.accountId, request.ticket, blobId, request.published);
  return outcome.kind === 'refused' ? outcome : done({});
};

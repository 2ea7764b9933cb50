import { uploadTicketSizeBytes } from '../blobs/blobTransfers.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/server.md §Blobs: what was sent is deleted, and counts no longer. */
export const cancelUpload: ConnectionHandler<'cancelUpload'> = async ({ transfers }, caller, { ticket }) => {
  if (ticket.length !== uploadTicketSizeBytes) return refused('malformed');
  await transfers.cancel(caller.accountId, ticket);
  return done({});
};

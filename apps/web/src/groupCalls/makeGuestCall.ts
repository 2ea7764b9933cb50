import type { AccountId, CallId, ConversationId, Outcome, SottoApi } from '../sotto.ts';
import { linkOf } from './linkOf.ts';
import { takeGroupBack } from './takeGroupBack.ts';

export interface GuestCall {
  readonly title: string;
  readonly memberIds: readonly AccountId[];
  readonly hasVideo: boolean;
}

export interface MadeGuestCall {
  /** Null where something of it could not be made: the call goes on where it is. `callId`: of the one that it goes on in. */
  readonly made: { readonly callId: CallId; readonly link: string } | null;
  /** The group that was made for nothing, where it could not be taken back either. */
  readonly left: ConversationId | null;
}

const lifetimeMs = 24 * 3_600_000;

/**
 * A group for the call and a link to it, and the call's way there, which comes last: until then nothing has changed for
 * those in the call. `before`: the group that an earlier attempt left.
 */
export async function makeGuestCall(
  sotto: SottoApi,
  from: CallId,
  call: GuestCall,
  before: ConversationId | null,
): Promise<MadeGuestCall> {
  const { title: name, memberIds, hasVideo } = call;
  const details = { description: '', photo: new Uint8Array(), sharesHistory: false };
  const conversationId = before ?? (await resultOf(() => sotto.createGroup({ name, memberIds, ...details })));
  if (conversationId === null) return { made: null, left: null };
  const link = await linkTo(sotto, conversationId);
  const started =
    link &&
    (await resultOf(() => sotto.startGroupCall({ conversationId, hasVideo, rings: false, movesFrom: from })));
  const moved =
    started &&
    (await succeeds(() =>
      sotto.controlGroupCall(from, { kind: 'move', conversationId, toCallId: started.callId }),
    ));
  if (moved === true) return { made: { callId: started.callId, link }, left: null };
  return { made: null, left: (await takeGroupBack(sotto, conversationId)) ? null : conversationId };
}

async function linkTo(sotto: SottoApi, conversationId: ConversationId): Promise<string | null> {
  const invite = { lifetimeMs, needsApproval: true, singleUse: false };
  const isInvited = await succeeds(() => sotto.createGroupInvite(conversationId, invite));
  return isInvited ? linkOf(sotto, conversationId) : null;
}

async function succeeds(run: () => Promise<Outcome<unknown, unknown>>): Promise<boolean> {
  return run().then(
    ({ kind }) => kind === 'ok',
    () => false,
  );
}

async function resultOf<Value>(run: () => Promise<Outcome<Value, unknown>>): Promise<Value | null> {
  const outcome = await run().catch(() => null);
  return outcome?.kind === 'ok' ? outcome.value : null;
}

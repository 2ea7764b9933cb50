/**
 * The page's end: a `SottoApi` whose engine runs elsewhere, and may come to run somewhere else at any time.
 * Invariant: every call is answered once by some leader, none is carried out twice with effect, and a watch goes
 * on over a change of leader without a gap.
 */
import type { MessageChanges, MessagePage, SottoApi, WatchedViews } from '@sotto/client/api';
import type { TransactionId } from '@sotto/protocol';
import { type Command, type CommandArguments, commands, type ViewKind, type ViewQuery } from './commands.ts';
import { putKnownPhotosBack } from './listPhotos.ts';
import { decodeToPage, type ToLeader } from './messages.ts';

export interface RpcClient {
  readonly api: SottoApi;
  /** A message of the present leader. */
  receive(message: unknown): void;
  /** There is a leader to post to; every one before it is gone, with what it was doing. */
  leaderChanged(): void;
}

/** Thrown where the worker could not make sense of a call, or its engine failed at it. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

interface Call {
  readonly command: Command;
  readonly values: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CallFailed) => void;
  sent: boolean;
}
interface Watch {
  readonly view: ViewQuery;
  readonly listener: (value: unknown) => void;
  sent: boolean;
}

/** As many messages as may have changed while no leader was there to say so. */
const resumedMessages = 200;

export function createRpcClient(pageId: string, post: (message: ToLeader) => void): RpcClient {
  const calls = new Map<number, Call>();
  const watches = new Map<number, Watch>();
  let hasLeader = false;
  let nextId = 0;

  const sendCall = (id: number, call: Call): void => {
    call.sent = true;
    post({ pageId, id, kind: 'call', command: call.command, arguments: call.values });
  };
  const sendWatch = (id: number, watch: Watch): void => {
    const isResumed = watch.sent;
    watch.sent = true;
    post({ pageId, id, kind: 'watch', view: watch.view });
    if (isResumed && watch.view.kind === 'messages') void catchUp(id, watch, watch.view.conversationId);
  };

  const call = (command: Command, values: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      const call = { command, values, resolve, reject, sent: false };
      calls.set(id, call);
      if (hasLeader) sendCall(id, call);
    });

  /** A new leader's first value holds no changes, so the newest messages stand for those that were missed. */
  const catchUp = async (id: number, watch: Watch, conversationId: string): Promise<void> => {
    const reading = call('readMessages', [{ conversationId, limit: resumedMessages }]);
    const page = (await reading.catch(() => null)) as MessagePage | null;
    if (page === null || watches.get(id) !== watch) return;
    watch.listener({ changed: page.messages, removed: [] } satisfies MessageChanges);
  };

  const run =
    <Name extends Command>(command: Name) =>
    (...values: CommandArguments<Name>) =>
      call(command, values);

  const api = {
    ...(Object.fromEntries(
      (Object.keys(commands) as Command[]).map((name) => [name, run(name)]),
    ) as unknown as Omit<SottoApi, 'watch'>),
    sendText: (conversationId, text, messageId = randomMessageId()) =>
      call('sendText', [conversationId, text, messageId]) as ReturnType<SottoApi['sendText']>,
    sendMessage: (conversationId, message, messageId = randomMessageId()) =>
      call('sendMessage', [conversationId, message, messageId]) as ReturnType<SottoApi['sendMessage']>,
    forwardMessages: (conversationId, messageIds, to, forwardId = randomMessageId()) =>
      call('forwardMessages', [conversationId, messageIds, to, forwardId]) as ReturnType<
        SottoApi['forwardMessages']
      >,
    updateCall: (callId, update, updateId = randomMessageId()) =>
      call('updateCall', [callId, update, updateId]) as ReturnType<SottoApi['updateCall']>,
    reactInGroupCall: (callId, emoji, reactionId = randomMessageId()) =>
      call('reactInGroupCall', [callId, emoji, reactionId]) as ReturnType<SottoApi['reactInGroupCall']>,
    watch<Kind extends ViewKind>(
      view: { kind: Kind } & WatchedViews[Kind]['query'],
      listener: (value: WatchedViews[Kind]['value']) => void,
    ): () => void {
      const id = nextId++;
      const tell = listener as (value: unknown) => void;
      const putBack = putKnownPhotosBack();
      const watch: Watch = {
        view: view as ViewQuery,
        listener:
          view.kind === 'conversations'
            ? (value) => tell(putBack(value as Parameters<typeof putBack>[0]))
            : tell,
        sent: false,
      };
      watches.set(id, watch);
      if (hasLeader) sendWatch(id, watch);
      return () => {
        if (watches.delete(id) && hasLeader) post({ pageId, id, kind: 'unwatch' });
      };
    },
  } satisfies SottoApi;

  return {
    api,
    receive(value) {
      const message = decodeToPage(value);
      if (message === null) return;
      if (message.kind === 'value') {
        watches.get(message.id)?.listener(message.value);
        return;
      }
      const call = calls.get(message.id);
      calls.delete(message.id);
      if (message.kind === 'result') call?.resolve(message.value);
      else call?.reject(new CallFailed(message.reason));
    },
    leaderChanged() {
      hasLeader = true;
      for (const [id, call] of [...calls]) {
        const { interrupted } = commands[call.command];
        if (!call.sent || interrupted === 'repeat') {
          sendCall(id, call);
        } else {
          calls.delete(id);
          call.resolve(interrupted.answer);
        }
      }
      for (const [id, watch] of watches) sendWatch(id, watch);
    },
  };
}

function randomMessageId(): TransactionId {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') as TransactionId;
}

/**
 * Calls of a Node process that has no microphone and no camera: for tests and bots. It sends a tone and a test pattern, and says
 * what came of the other side's. See spec/sdk.md, "Calls in Node".
 */
import type { CallProblem, CallView, Outcome, SottoApi } from '@sotto/client';
import type { CallId, ConversationId } from '@sotto/protocol';
import { type NodeCall, type NodeCallBeginning, type NodeCallOptions, openNodeCall } from './nodeCall.ts';
import { tellAll } from './tellAll.ts';

export interface NodeCallsOptions extends NodeCallOptions {
  /** Which calls are answered by themselves, with or without video as they ring; none unless told. */
  readonly answers?: (call: CallView) => boolean;
}

export interface NodeCalls {
  /** Rings at the other account's devices. */
  start(conversationId: ConversationId, choice?: NodeCallChoice): Promise<Outcome<NodeCall, CallProblem>>;
  /** Answers a call that rings. */
  answer(callId: CallId, choice?: NodeCallChoice): Promise<Outcome<NodeCall, CallProblem>>;
  /** Those that are open. */
  readonly open: readonly NodeCall[];
  /** Calls `listener` with each call that is begun or answered from now on. */
  onCall(listener: (call: NodeCall) => void): () => void;
  /** Hangs up, and answers no more. */
  close(): Promise<void>;
}

export interface NodeCallChoice {
  /** Whether the test pattern is sent; not unless told. */
  readonly video?: boolean;
}

export function createNodeCalls(api: SottoApi, options: NodeCallsOptions = {}): NodeCalls {
  const open = new Set<NodeCall>();
  const listeners = new Set<(call: NodeCall) => void>();
  const answered = new Set<CallId>();
  let isClosed = false;

  const begin = async (beginning: NodeCallBeginning): Promise<Outcome<NodeCall, CallProblem>> => {
    const begun = await openNodeCall(api, beginning, options);
    if (begun.kind === 'problem') return begun;
    const call = begun.value;
    open.add(call);
    call.watch(({ phase }) => {
      if (phase.kind === 'ended') open.delete(call);
    });
    if (isClosed) await call.end();
    else tellAll(listeners, call);
    return begun;
  };

  const { answers } = options;
  const stopAnswering = answers
    ? api.watch({ kind: 'calls' }, (calls) => {
        for (const call of calls) {
          const { callId, hasVideo } = call;
          const rings = call.isIncoming && call.phase === 'ringing' && call.device === null;
          if (!rings || answered.has(callId) || !answers(call)) continue;
          answered.add(callId);
          // Rejects only where the engine stopped meanwhile: then nothing rings any more.
          begin({ kind: 'answer', callId, hasVideo }).catch(() => undefined);
        }
      })
    : () => {};

  return {
    start: (conversationId, { video = false } = {}) =>
      begin({ kind: 'start', conversationId, hasVideo: video }),
    answer: (callId, { video = false } = {}) => begin({ kind: 'answer', callId, hasVideo: video }),
    get open() {
      return [...open];
    },
    onCall(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      stopAnswering();
      await Promise.all([...open].map((call) => call.end()));
    },
  };
}

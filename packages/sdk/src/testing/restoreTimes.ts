/** For measuring: what a device that signs in anew, or comes back after long, shows when. On any platform. */
import type { ConversationView, SottoApi } from '@sotto/client/api';
import { until } from '../until.ts';

/** Milliseconds. */
export interface RestoreTimes {
  /** Of signing in itself: mostly the stretching of the password. */
  readonly signInMs: number;
  /** From there until the list has all conversations with their newest messages. */
  readonly listMs: number;
  /** From there until the first page of one of them, which nobody has asked for before. */
  readonly openMs: number;
  /** From sign-in's success until everything is here. */
  readonly completeMs: number;
  /** And until every group was joined. */
  readonly joinedMs: number;
}

export interface ReturnTimes {
  /** Until the list has all conversations with their newest messages. */
  readonly usableMs: number;
  /** Until everything is here. */
  readonly completeMs: number;
}

export interface Expected {
  readonly newestTexts: readonly string[];
  readonly messages: number;
}

export interface RestoreWork extends Expected {
  readonly username: string;
  readonly password: string;
}

/** Signs in, waits for the list, opens a conversation, and waits until everything is here. */
export async function measureRestore(sotto: SottoApi, work: RestoreWork): Promise<RestoreTimes> {
  const { username, password } = work;
  const beganMs = performance.now();
  const signedIn = await sotto.signIn({ username, password });
  if (signedIn.kind === 'problem') throw new Error(signedIn.problem.kind);
  const signedInMs = performance.now();
  const list = await showsNewest(sotto, work);
  const listedMs = performance.now();
  const page = await sotto.readMessages({ conversationId: list.at(-1)!.conversationId, limit: 60 });
  const openedMs = performance.now();
  if (page.messages.length === 0) throw new Error('The conversation shows nothing.');
  await hasEverything(sotto, work);
  const completeAtMs = performance.now();
  await until(sotto, { kind: 'conversations' }, (all) => all.every(({ state }) => state === 'ready'));
  return {
    signInMs: signedInMs - beganMs,
    listMs: listedMs - signedInMs,
    openMs: openedMs - listedMs,
    completeMs: completeAtMs - signedInMs,
    joinedMs: performance.now() - signedInMs,
  };
}

/** `beganMs`: when the device began to start, by the clock of `performance.now`. */
export async function measureReturn(
  sotto: SottoApi,
  expected: Expected,
  beganMs: number,
): Promise<ReturnTimes> {
  await showsNewest(sotto, expected);
  const usableMs = performance.now() - beganMs;
  await hasEverything(sotto, expected);
  await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
  return { usableMs, completeMs: performance.now() - beganMs };
}

function showsNewest(sotto: SottoApi, { newestTexts }: Expected): Promise<readonly ConversationView[]> {
  return until(sotto, { kind: 'conversations' }, (all) => {
    const shown = new Set(
      all.map(({ lastMessage }) => (lastMessage?.body.kind === 'text' ? lastMessage.body.text : '')),
    );
    return newestTexts.every((text) => shown.has(text));
  });
}

function hasEverything(sotto: SottoApi, { messages }: Expected): Promise<unknown> {
  return until(
    sotto,
    { kind: 'history' },
    ({ state, messagesHere }) => state === 'complete' && messagesHere === messages,
  );
}

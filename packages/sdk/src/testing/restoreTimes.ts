/** For measuring: what a device that signs in anew shows when, on any platform. */
import type { SottoApi } from '@sotto/client/api';
import { until } from '../until.ts';

/** Milliseconds; all but the first from the moment in which sign-in succeeded. */
export interface RestoreTimes {
  /** Of signing in itself: mostly the stretching of the password. */
  readonly signInMs: number;
  /** The list has all conversations with their last messages. */
  readonly listMs: number;
  /** The first page of one of them, from when it was asked for. */
  readonly openMs: number;
}

export interface RestoreWork {
  readonly username: string;
  readonly password: string;
  readonly conversations: number;
}

/** Signs in and waits for the list, then opens a conversation. */
export async function measureRestore(sotto: SottoApi, work: RestoreWork): Promise<RestoreTimes> {
  const { username, password, conversations } = work;
  const beganMs = performance.now();
  const signedIn = await sotto.signIn({ username, password });
  if (signedIn.kind === 'problem') throw new Error(signedIn.problem.kind);
  const signedInMs = performance.now();
  const list = await until(
    sotto,
    { kind: 'conversations' },
    (all) =>
      all.length === conversations && all.every(({ lastMessage }) => lastMessage?.body.kind === 'text'),
  );
  const listedMs = performance.now();
  const { conversationId } = list.at(-1)!;
  const page = await sotto.readMessages({ conversationId, limit: 60 });
  const openedMs = performance.now();
  if (page.messages.length === 0) throw new Error('The conversation shows nothing.');
  return { signInMs: signedInMs - beganMs, listMs: listedMs - signedInMs, openMs: openedMs - listedMs };
}

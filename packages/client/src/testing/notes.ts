import type { ConversationId } from '@sotto/protocol';
import type { SottoApi } from '../api.ts';
import type { SignInWorld } from './signInWorld.ts';

/** The conversation of an account with itself, opened where it is not there yet. */
export async function openNotes(world: SignInWorld, api: SottoApi): Promise<ConversationId> {
  const session = world.session(api);
  if (session.kind !== 'signedIn') throw new Error(`The session is ${session.kind}`);
  return world.ok(api.openDirectConversation(session.accountId));
}

/** Waits until an account's notes to itself are these, in this order. */
export async function showsNotes(world: SignInWorld, api: SottoApi, texts: readonly string[]): Promise<void> {
  const shown = await readNotes(world, api, (now) => now.join('\n') === texts.join('\n'));
  if (shown.length !== texts.length) throw new Error(`It shows ${shown.join(', ')}`);
}

/** The account's notes to itself, once `holds` of them. */
async function readNotes(
  world: SignInWorld,
  api: SottoApi,
  holds: (texts: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const conversationId = await openNotes(world, api);
  let texts: string[] = [];
  let isReading = false;
  await world.clock.until(() => {
    if (!isReading) {
      isReading = true;
      void api.readMessages({ conversationId, limit: 100 }).then((page) => {
        texts = page.messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
        isReading = false;
      });
    }
    return holds(texts);
  }, 'the notes are there');
  return texts;
}

/** Devices that are in the group of the notes, as one of them has it. */
export function countMembers(api: SottoApi, conversationId: ConversationId): number {
  let count = 0;
  api.watch({ kind: 'conversation', conversationId }, (view) => {
    count = view?.members.reduce((sum, member) => sum + member.deviceCount, 0) ?? 0;
  })();
  return count;
}

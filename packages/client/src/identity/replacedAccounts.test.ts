import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConversationView } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

let world: SignInWorld;
beforeEach(async () => {
  world = await SignInWorld.create();
});
afterEach(() => world.endAll());

describe('a claim that a contact was replaced', () => {
  it('counts for nothing once it is declined, however often it comes, and can be accepted later', async () => {
    const { api: anna } = await world.register(new TestProfile(), 'anna');
    const bensProfile = new TestProfile();
    const { api: first } = await world.register(bensProfile, 'ben');
    let chats: readonly ConversationView[] = [];
    const watch = (api: typeof first) =>
      api.watch({ kind: 'conversations' }, (view) => {
        chats = view;
      });
    watch(first);
    const old = await world.ok(first.findAccount('anna'));
    const conversationId = await world.ok(first.openDirectConversation(old.accountId));
    await world.ok(first.sendText(conversationId, 'before'));
    await world.clock.until(() => chats[0]?.lastMessage?.state === 'sent', 'it is sent');
    await world.ok(anna.resetIdentity({ newPassword: 'a wholly new one' }));
    await world.clock.until(() => chats[0]?.newIdentity != null, 'it is claimed');
    expect(await world.outcome(first.sendText(conversationId, 'blocked'))).not.toMatchObject({ kind: 'ok' });

    const successor = chats[0]?.newIdentity?.account.accountId;
    if (successor === undefined) throw new Error('There is no claim');
    await first.declineNewIdentity(successor);
    expect(chats[0]?.newIdentity).toBeNull();
    await world.ok(first.sendText(conversationId, 'as before'));
    await world.clock.until(() => {
      const last = chats[0]?.lastMessage;
      return last?.state === 'sent' && last.body.kind === 'text' && last.body.text === 'as before';
    }, 'it is sent as before');

    // The server says so again to each connection.
    await world.end(first);
    const again = await world.open(bensProfile);
    watch(again);
    await world.online(again);
    await world.clock.pass(5000);
    expect(chats[0]?.newIdentity).toBeNull();
    expect(await world.outcome(again.openDirectConversation(successor))).not.toMatchObject({ kind: 'ok' });

    await world.ok(again.acceptNewIdentity(successor));
    expect(chats.find((chat) => chat.peer?.accountId === old.accountId)?.newIdentity?.accepted).toBe(true);
    await world.ok(again.openDirectConversation(successor));
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SottoApi } from '../api.ts';
import { SignInWorld } from '../testing/signInWorld.ts';
import { TestProfile } from '../testing/testProfile.ts';

vi.mock('@serenity-kit/opaque', async (load) =>
  (await import('../testing/cheapPasswords.ts')).cheapen(await load()),
);

const password = 'correct horse battery';

let world: SignInWorld;
beforeEach(async () => {
  world = await SignInWorld.create();
});
afterEach(() => world.endAll());

/** Texts of the notes to oneself, once there are `count`. */
async function notes(api: SottoApi, count: number): Promise<string[]> {
  let texts: string[] = [];
  let isReading = false;
  const look = async (): Promise<void> => {
    let conversationId = null;
    api.watch({ kind: 'conversations' }, ([first]) => {
      conversationId = first?.conversationId ?? null;
    })();
    if (conversationId === null) return;
    const page = await api.readMessages({ conversationId, limit: 100 });
    texts = page.messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
  };
  await world.clock.until(() => {
    if (!isReading) {
      isReading = true;
      void look().finally(() => {
        isReading = false;
      });
    }
    return texts.length === count;
  }, `${count} texts are shown`);
  return texts;
}

it('signs in on ten browsers at once, each password tried once, and all of them show and say the same', async () => {
  const first = await world.open();
  await world.ok(first.register({ username: 'anna', password }));
  await world.online(first);
  const { accountId } = await world.ok(first.findAccount('anna'));
  const conversationId = await world.ok(first.openDirectConversation(accountId));
  await world.ok(first.sendText(conversationId, 'before'));
  await notes(first, 1);

  const { answer } = world;
  const asked: string[] = [];
  world.answer = (method, payload) => {
    asked.push(method);
    return answer(method, payload);
  };
  const browsers: SottoApi[] = [];
  for (let n = 1; n <= 10; n++) browsers.push(await world.open(new TestProfile(), `Browser ${n}`));
  const outcomes = await Promise.all(browsers.map((api) => api.signIn({ username: 'anna', password })));
  expect(outcomes).toEqual(browsers.map(() => ({ kind: 'ok', value: null })));
  expect(asked.filter((method) => method === 'StartLogin')).toHaveLength(10);

  for (const api of browsers) await world.online(api);
  const { devices } = await world.ok(first.readOwnAccount());
  expect(devices).toHaveLength(11);
  for (const api of browsers) expect(await notes(api, 1)).toEqual(['before']);
  await world.clock.until(() => {
    let count = 0;
    first.watch({ kind: 'conversation', conversationId }, (view) => {
      count = view?.members.reduce((sum, member) => sum + member.deviceCount, 0) ?? 0;
    })();
    return count === 11;
  }, 'all eleven are in the group');
  for (const [n, api] of browsers.entries()) {
    let own: typeof conversationId | null = null;
    api.watch({ kind: 'conversations' }, ([only]) => {
      own = only?.conversationId ?? null;
    })();
    await world.ok(api.sendText(own!, `from ${n}`));
  }
  const shown = await notes(first, 11);
  expect(new Set(shown)).toEqual(new Set(['before', ...browsers.map((_api, n) => `from ${n}`)]));
  for (const api of browsers) expect(await notes(api, 11)).toEqual(shown);
});

import { type Engine, openEngine } from '@sotto/client';
import { parseRecoveryCode, suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { checkBlindness, type Exposed, type Secret } from '../checkers/checkBlindness.ts';
import { createClientDisk } from './clientDisk.ts';
import { createNetwork } from './network.ts';
import { observeProvider, randomKeyName } from './observedProvider.ts';
import { quietNetwork } from './plan.ts';
import { createSeededRandom } from './seededRandom.ts';
import { createSimulatedProcess } from './simulatedProcess.ts';
import { createSimulatedServer } from './simulatedServer.ts';
import { createTrace } from './trace.ts';
import { createVirtualTime } from './virtualTime.ts';

const encoder = new TextEncoder();
const startMs = Date.UTC(2026, 10, 23);

/** A server that takes passwords, and engines without a device yet. */
async function createPlace() {
  const time = createVirtualTime(startMs, 1_000_000);
  const trace = createTrace({ now: time.now, startMs, capacity: 100 });
  const random = createSeededRandom(4);
  const network = createNetwork(time, trace, quietNetwork);
  const server = createSimulatedServer(time, network, trace, random.fork('server'), { passwords: true });
  const { provider, secrets } = observeProvider(await loadNodeProvider(), random.fork('provider'));

  /** Lets virtual time run until `work` is done; what takes real time (WASM, stretching) goes on meanwhile. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    while (!done) await time.runUntil(time.now() + 1);
    return watched;
  }
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 1000; i++) {
      if (await holds()) return;
      await time.runUntil(time.now() + 100);
    }
    throw new Error(`It does not come to be\n${trace.tail(50).join('\n')}`);
  }
  const openOne = (name: string): Promise<Engine> => {
    const process = createSimulatedProcess(time);
    const link = network.link(name, random.fork(name));
    const disk = createClientDisk();
    const behaviour = { nextFault: () => 'none' as const, commitDelayMs: () => 0, crashed: () => {} };
    return inTime(
      openEngine({
        clock: { now: time.now, schedule: process.schedule },
        provider,
        databases: disk.mount(process, behaviour),
        tuning: { suite: suiteIds.hybridChaCha20, keyPackages: 3 },
        transport: { connect: (events) => link.connect(process, events), signIn: server.signIn },
      }),
    );
  };
  await inTime(server.start());
  return { server, network, provider, secrets, inTime, until, openOne };
}

describe('the server is blind', () => {
  it('to texts, drafts, passwords, recovery codes and keys, and knows usernames', async () => {
    const place = await createPlace();
    const { inTime, until } = place;
    const secretTexts = {
      password: 'vixen-mullet-ozone-quartz',
      firstText: 'meet me under the clock at noon',
      secondText: 'I shall bring the marmalade',
      draft: 'perhaps we should not say this',
    };
    const secrets: Secret[] = Object.entries(secretTexts).map(([name, text]) => ({
      name,
      bytes: encoder.encode(text),
    }));

    const enter = async (username: string) => {
      const engine = await place.openOne(username);
      const registered = await inTime(engine.api.register({ username, password: secretTexts.password }));
      if (registered.kind === 'problem') throw new Error(registered.problem.kind);
      const { recoveryCode } = registered.value;
      secrets.push({ name: 'recovery code', bytes: encoder.encode(recoveryCode) });
      secrets.push({ name: 'recovery secret', bytes: parseRecoveryCode(place.provider, recoveryCode)! });
      let online = false;
      engine.api.watch({ kind: 'connection' }, (view) => {
        online = view.kind === 'online';
      });
      await until(() => online);
      return engine.api;
    };
    const ann = await enter('ann-of-the-sea');
    const bob = await enter('bob-the-quiet');
    const found = await inTime(ann.findAccount('bob-the-quiet'));
    if (found.kind === 'problem') throw new Error(found.problem.kind);
    const say = async (api: typeof ann, to: AccountId, text: string) => {
      const opened = await inTime(api.openDirectConversation(to));
      if (opened.kind === 'problem') throw new Error(opened.problem.kind);
      await inTime(api.sendText(opened.value, text));
      await inTime(api.saveDraft(opened.value, secretTexts.draft));
      await inTime(api.setTyping(opened.value, true));
      return opened.value;
    };
    const lastTextOf = async (api: typeof ann, id: Awaited<ReturnType<typeof say>>) => {
      const { messages } = await inTime(api.readMessages({ conversationId: id, limit: 1 }));
      const body = messages.at(-1)?.body;
      return body?.kind === 'text' ? body.text : null;
    };
    const id = await say(ann, found.value.accountId, secretTexts.firstText);
    let atBob: { id: typeof id; peer: AccountId } | null = null;
    bob.watch({ kind: 'conversations' }, ([first]) => {
      atBob = first === undefined ? null : { id: first.conversationId, peer: first.peer.accountId };
    });
    await until(async () => atBob !== null && (await lastTextOf(bob, atBob.id)) === secretTexts.firstText);
    await say(bob, atBob!.peer, secretTexts.secondText);
    await until(async () => (await lastTextOf(ann, id)) === secretTexts.secondText);

    const database = place.server.database.serialize();
    const exposed: Exposed[] = [
      { name: 'database', bytes: database },
      { name: 'log', bytes: encoder.encode(place.server.log()) },
      ...place.network.frames.map((bytes) => ({ name: 'frame', bytes })),
      ...place.server.signInTraffic.map((bytes) => ({ name: 'sign-in', bytes })),
    ];
    // Of what is drawn at random the salts of the vault are public.
    const keys = place.secrets().filter((secret) => secret.name !== randomKeyName);
    expect(new Set(keys.map((key) => key.name))).toEqual(
      new Set([
        'AEAD key',
        'ChaCha20-Poly1305 key',
        'HPKE input key',
        'HPKE private key',
        'XChaCha20-Poly1305 key',
        'signature seed',
      ]),
    );
    expect(place.network.frames.length).toBeGreaterThan(20);
    expect(place.server.signInTraffic.length).toBeGreaterThanOrEqual(8);
    expect(checkBlindness([...secrets, ...keys], exposed)).toEqual([]);
    // The search finds what the server does know.
    const username = { name: 'username', bytes: encoder.encode('ann-of-the-sea') };
    expect(checkBlindness([username], [{ name: 'database', bytes: database }])).not.toEqual([]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageView, SottoApi } from '@sotto/client';
import { parseRecoveryCode } from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBlindness, type Exposed, type Secret } from '../checkers/checkBlindness.ts';
import { createBlindPlace } from './blindPlace.ts';
import { randomKeyName } from './observedProvider.ts';

const encoder = new TextEncoder();
const password = 'vixen-mullet-ozone-quartz';

let blobFolder: string;
beforeEach(() => {
  blobFolder = mkdtempSync(join(tmpdir(), 'sotto-blind-'));
});
afterEach(() => {
  rmSync(blobFolder, { recursive: true, force: true });
});

type Place = Awaited<ReturnType<typeof createBlindPlace>>;

function textSecrets(texts: Readonly<Record<string, string>>): Secret[] {
  return Object.entries(texts).map(([name, text]) => ({ name, bytes: encoder.encode(text) }));
}

/** Registers, and waits until it is online. What it learns that nobody may know goes to `secrets`. */
async function enter(place: Place, username: string, secrets: Secret[]): Promise<SottoApi> {
  const { inTime, until } = place;
  const engine = await place.openOne(username);
  const registered = await inTime(engine.api.register({ username, password }));
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
}

async function accountOf(place: Place, api: SottoApi, username: string): Promise<AccountId> {
  const found = await place.inTime(api.findAccount(username));
  if (found.kind === 'problem') throw new Error(found.problem.kind);
  return found.value.accountId;
}

async function lastOf(
  place: Place,
  api: SottoApi,
  conversationId: ConversationId,
): Promise<MessageView | null> {
  const { messages } = await place.inTime(api.readMessages({ conversationId, limit: 1 }));
  return messages.at(-1) ?? null;
}
const textOf = (message: MessageView | null) => (message?.body.kind === 'text' ? message.body.text : null);

/** Of what is drawn at random the salts of the vault are public. */
const keysOf = (place: Place) => place.secrets().filter((secret) => secret.name !== randomKeyName);

describe('the server is blind', () => {
  it('to texts, drafts, passwords, recovery codes and keys, and knows usernames', async () => {
    const place = await createBlindPlace(blobFolder);
    const { inTime, until } = place;
    const secretTexts = {
      password,
      firstText: 'meet me under the clock at noon',
      secondText: 'I shall bring the marmalade',
      draft: 'perhaps we should not say this',
    };
    const secrets = textSecrets(secretTexts);
    const ann = await enter(place, 'ann-of-the-sea', secrets);
    const bob = await enter(place, 'bob-the-quiet', secrets);
    const bobId = await accountOf(place, ann, 'bob-the-quiet');
    const say = async (api: SottoApi, to: AccountId, text: string) => {
      const opened = await inTime(api.openDirectConversation(to));
      if (opened.kind === 'problem') throw new Error(opened.problem.kind);
      await inTime(api.sendText(opened.value, text));
      await inTime(api.saveDraft(opened.value, { text: secretTexts.draft, replyTo: null }));
      await inTime(api.setTyping(opened.value, true));
      return opened.value;
    };
    const lastTextOf = async (api: SottoApi, id: ConversationId) => textOf(await lastOf(place, api, id));
    const id = await say(ann, bobId, secretTexts.firstText);
    let atBob: { id: typeof id; peer: AccountId } | null = null;
    bob.watch({ kind: 'conversations' }, ([first]) => {
      atBob = first === undefined ? null : { id: first.conversationId, peer: first.peer!.accountId };
    });
    await until(async () => atBob !== null && (await lastTextOf(bob, atBob.id)) === secretTexts.firstText);
    await say(bob, atBob!.peer, secretTexts.secondText);
    await until(async () => (await lastTextOf(ann, id)) === secretTexts.secondText);

    const exposed = place.exposed();
    const keys = keysOf(place);
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
    expect(
      checkBlindness(
        [username],
        exposed.filter(({ name }) => name === 'database'),
      ),
    ).not.toEqual([]);
  });

  it('to what groups are called, what is said and sent in them, and what their links open', async () => {
    const place = await createBlindPlace(blobFolder);
    const { inTime, until } = place;
    const texts = {
      'group name': 'Walkers of the northern shore',
      'new group name': 'Walkers of the southern shore',
      description: 'every second Sunday, by the old lighthouse',
      text: 'bring the lanterns and say nothing',
      edited: 'bring no lanterns, there is a moon',
      reply: 'I never liked that lighthouse much',
      draft: 'perhaps somebody should tell him',
      'file name': 'plan-of-the-harbour.pdf',
      'content of a file': 'the chest is buried below the third step',
      'preview of a link': 'Tide tables for the whole of next year',
    };
    const secrets = textSecrets(texts);
    const photo = pngOf('a face that nobody shall see');
    const thumbnail = pngOf('the same, but a good deal smaller');
    secrets.push({ name: 'photo', bytes: photo }, { name: 'thumbnail', bytes: thumbnail });
    const ann = await enter(place, 'ann-of-the-sea', secrets);
    const bob = await enter(place, 'bob-the-quiet', secrets);
    const cid = await enter(place, 'cid-the-late', secrets);
    const bobId = await accountOf(place, ann, 'bob-the-quiet');
    const before = new Set(place.secrets().map(({ bytes }) => bytes.toHex()));

    const expectOk = async <T>(
      asked: Promise<{ kind: 'ok'; value: T } | { kind: 'problem'; problem: object }>,
    ) => {
      const outcome = await inTime(asked);
      if (outcome.kind === 'problem') throw new Error(JSON.stringify(outcome.problem));
      return outcome.value;
    };
    const description = texts.description;
    const sharesHistory = true;
    const atAnn = await expectOk(
      ann.createGroup({ name: texts['group name'], photo, description, memberIds: [bobId], sharesHistory }),
    );
    const groupAt = async (api: SottoApi, title: string): Promise<ConversationId> => {
      let found: ConversationId | null = null;
      const stop = api.watch({ kind: 'conversations' }, (all) => {
        found = all.find((one) => one.title === title)?.conversationId ?? null;
      });
      await until(() => found !== null);
      stop();
      return found!;
    };
    const atBob = await groupAt(bob, texts['group name']);
    const first = await expectOk(ann.sendMessage(atAnn, { text: texts.text }));
    await until(async () => textOf(await lastOf(place, bob, atBob)) === texts.text);
    await expectOk(bob.react(atBob, first, '🏮'));
    await expectOk(bob.sendMessage(atBob, { text: texts.reply, replyTo: first }));
    await expectOk(ann.editMessage(atAnn, first, texts.edited, []));
    await inTime(ann.starMessage(atAnn, first, true));
    await expectOk(ann.pinMessage(atAnn, first, true));
    await inTime(ann.saveDraft(atAnn, { text: texts.draft, replyTo: first }));
    await expectOk(ann.editGroup(atAnn, { name: texts['new group name'] }));
    await groupAt(bob, texts['new group name']);

    const repeated = new Blob([`${texts['content of a file']}\n`.repeat(5000)]);
    const file = {
      source: repeated,
      kind: 'file',
      name: texts['file name'],
      mediaType: 'application/pdf',
      width: 0,
      height: 0,
      durationMs: 0,
      thumbnail,
      placeholder: new Uint8Array(0),
      waveform: new Uint8Array(0),
      views: 0,
    } as const;
    const preview = {
      url: 'https://tides.example/all',
      title: texts['preview of a link'],
      description: '',
      thumbnail: new Uint8Array(0),
    };
    const sent = await expectOk(
      ann.sendMessage(atAnn, { text: 'https://tides.example/all', attachments: [file], preview }),
    );
    await until(async () => (await lastOf(place, bob, atBob))?.messageId === sent);
    const ref = { conversationId: atBob, messageId: sent, index: 0 };
    const read = await expectOk(bob.readAttachment(ref, 0, 40));
    expect(new TextDecoder().decode(read)).toBe(texts['content of a file']);

    const lifetimeMs = 24 * 3_600_000;
    await expectOk(ann.createGroupInvite(atAnn, { lifetimeMs, needsApproval: false, singleUse: false }));
    let link: string | null = null;
    ann.watch({ kind: 'conversation', conversationId: atAnn }, (view) => {
      link = view?.group?.invites[0]?.link ?? null;
    });
    await until(() => link !== null);
    let previewed: string | null = null;
    await until(async () => {
      const resolved = await inTime(cid.resolveGroupInvite(link!));
      previewed = resolved.kind === 'ok' ? resolved.value.name : null;
      return previewed !== null;
    });
    expect(previewed).toBe(texts['new group name']);
    await expectOk(cid.requestToJoin(link!));
    const atCid = await groupAt(cid, texts['new group name']);
    await until(async () => {
      const { messages } = await inTime(cid.readMessages({ conversationId: atCid, limit: 50 }));
      return messages.some((message) => textOf(message) === texts.edited);
    });
    secrets.push({
      name: 'secret of a link',
      bytes: Uint8Array.fromBase64(link!, { alphabet: 'base64url' }).subarray(32),
    });

    const exposed = place.exposed();
    const keys = keysOf(place);
    expect(keys.length).toBeGreaterThan(50);
    expect(exposed.filter(({ name }) => name === 'blob').length).toBe(1);
    expect(place.files.parts.length).toBeGreaterThan(0);
    expect(checkBlindness([...secrets, ...keys], exposed)).toEqual([]);
    // What was drawn when no vault was made: the file's key is among it.
    const drawn = place
      .secrets()
      .filter(({ name, bytes }) => name === randomKeyName && !before.has(bytes.toHex()));
    expect(drawn.length).toBeGreaterThan(5);
    expect(checkBlindness(drawn, exposed)).toEqual([]);
    // The search does look into blobs.
    const sealed = { name: 'ciphertext', bytes: place.files.parts[0]!.subarray(0, 64) };
    expect(
      checkBlindness(
        [sealed],
        exposed.filter(({ name }) => name === 'blob'),
      ),
    ).not.toEqual([]);
    // Nor does what was sealed lie open on the disks of those who sent or fetched it.
    const stored = place.files.stored().map((bytes): Exposed => ({ name: 'local file', bytes }));
    expect(stored.length).toBeGreaterThan(0);
    expect(checkBlindness([...secrets, ...keys], stored)).toEqual([]);
  });
});

/** Enough of a PNG to be taken for one. */
function pngOf(text: string): Uint8Array {
  return new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...encoder.encode(text)]);
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { poll } from '../calls/testing/watchedPages.ts';
import { GroupPages, type Name } from './testing/groupPages.ts';

let launched: Awaited<ReturnType<typeof GroupPages.launch>>;
let pages: GroupPages;

beforeAll(async () => {
  launched = await GroupPages.launch();
});
afterAll(async () => {
  await launched?.browser.close();
  await launched?.served.close();
});
beforeEach(async () => {
  pages = await GroupPages.open(launched);
});
afterEach(async () => {
  expect(await pages.close()).toEqual([]);
});

/** How wide the picture is that comes. */
const widthAt = (name: Name, of: Name) => async () => (await pages.look(name, of)).width;

describe('a group call', () => {
  it('is heard and seen by all, newcomers too, and goes on when somebody leaves', async () => {
    const names = ['ann', 'ben', 'cid'] as const;
    for (const name of names) await pages.join(name);
    await pages.join('dee', { video: false, muted: true });
    for (const name of [...names, 'dee'] as const) {
      await expect.poll(async () => (await pages.state(name)).participants.length, poll).toBe(4);
      await pages.showAll(name, 'camera', 160);
    }
    for (const name of [...names, 'dee'] as const) {
      for (const other of names) {
        if (other === name) continue;
        await pages.hears(name, other);
        await pages.sees(name, other);
      }
    }
    await pages.knows('ann', 'dee', { isMuted: true, hasCamera: false, camera: 'off' });
    await pages.knows('ann', 'ben', { isSpeaking: true, camera: 'shown' });
    await pages.shows('dee', { problems: [], route: { protocol: 'udp' } });

    await pages.page('ben').evaluate(() => groupSession.leave());
    await pages.shows('ben', { phase: { kind: 'ended', ending: { kind: 'left' } } });
    await pages.letGo('ben');
    await expect.poll(async () => (await pages.state('ann')).participants.length, poll).toBe(3);
    // By the keys of the next generation.
    await pages.hears('ann', 'cid');
    await pages.sees('cid', 'ann');
    // Who comes back is a new join.
    const before = pages.group.joinOf('ben');
    await pages.join('ben');
    expect(pages.group.joinOf('ben')).not.toBe(before);
    await expect.poll(async () => (await pages.state('ann')).participants.length, poll).toBe(4);
    await pages.showAll('ann', 'camera', 160);
    await pages.sees('ann', 'ben');
    await pages.hears('ann', 'ben');
  });

  it('sends each picture as large as it is shown, and none that nobody sees', async () => {
    await pages.join('ann');
    await pages.join('ben', { video: false });
    await pages.knows('ben', 'ann', { hasCamera: true });
    await pages.showAll('ben', 'camera', 1280);
    await pages.sees('ben', 'ann');
    // How far it grows is what a busy machine encodes.
    await expect.poll(widthAt('ben', 'ann'), poll).toBeGreaterThanOrEqual(320);
    await pages.showAll('ben', 'camera', 100);
    await expect.poll(widthAt('ben', 'ann'), poll).toBe(160);
    const sent = (): Promise<number[]> =>
      pages
        .page('ann')
        .evaluate(async () =>
          ((await groupSession.statistics())?.cameraSent ?? []).map(({ width }) => width),
        );
    await expect.poll(sent, poll).toEqual([160]);

    await pages.page('ben').evaluate(() => groupSession.show([]));
    await pages.knows('ben', 'ann', { camera: 'off' });
    await expect.poll(sent, poll).toEqual([]);
    // What the relay says from now on comes by an engine that counts it from 1.
    pages.group.restartEngine('ann');
    await pages.showAll('ben', 'camera', 100);
    await pages.sees('ben', 'ann');
  });

  it('shares a screen beside the camera, mutes, and carries signs', async () => {
    await pages.join('ann');
    await pages.join('ben');
    await pages.page('ann').evaluate(async () => {
      dress(40, 40, 200);
      await groupSession.shareScreen();
    });
    await pages.knows('ben', 'ann', { isSharing: true, hasCamera: true });
    await pages.showAll('ben', 'screen', 640);
    await pages.knows('ben', 'ann', { screen: 'shown' });
    await expect.poll(async () => (await pages.look('ben', 'ann', 'screen')).blue, poll).toBeGreaterThan(150);

    await pages.page('ann').evaluate(() => {
      groupSession.stopSharing();
      groupSession.setMuted(true);
      groupSession.raiseHand(true);
      groupSession.react('👏');
    });
    await pages.knows('ben', 'ann', {
      isSharing: false,
      isMuted: true,
      isHandRaised: true,
      isSpeaking: false,
    });
    await pages.shows('ben', { hands: [pages.group.joinOf('ann')] });
    // It floats by.
    await expect.poll(() => pages.page('ben').evaluate(() => reactions), poll).toContain('👏');
    await pages.page('ben').evaluate(() => groupSession.setCamera(false));
    await pages.knows('ann', 'ben', { hasCamera: false });
    await pages.page('ann').evaluate(() => groupSession.askMute(null));
    await pages.shows('ben', { muteAsked: true });
    await pages.page('ben').evaluate(() => groupSession.setMuted(true));
    await pages.shows('ben', { muteAsked: false, local: { isMuted: true, camera: 'off' } });
    expect(await pages.page('ben').evaluate(() => opened.map(({ readyState }) => readyState).sort())).toEqual(
      ['ended', 'live'],
    );
    await pages.page('ann').evaluate(() => groupSession.endForAll());
    for (const name of ['ann', 'ben'] as const) {
      await pages.shows(name, { phase: { kind: 'ended', ending: { kind: 'over' } } });
      await pages.letGo(name);
    }
  });

  it('shows and plays nothing to who has other keys', async () => {
    pages.group.wronglyKeyed.add('cid');
    for (const name of ['ann', 'ben', 'cid'] as const) await pages.join(name);
    for (const name of ['ann', 'ben', 'cid'] as const) {
      await expect.poll(async () => (await pages.state(name)).participants.length, poll).toBe(3);
      await pages.showAll(name, 'camera', 160);
    }
    await pages.sees('ann', 'ben');
    const frames = () =>
      pages.page('cid').evaluate(async () => (await groupSession.statistics())?.frames ?? null);
    await expect.poll(async () => (await frames())?.notOpened ?? 0, poll).toBeGreaterThan(50);
    expect((await frames())?.opened).toBe(0);
    await pages.shows('cid', { problems: [{ kind: 'framesNotOpened' }] });
    for (const other of ['ann', 'ben'] as const) {
      expect((await pages.look('cid', other)).width).toBe(0);
      expect((await pages.look(other, 'cid')).width).toBe(0);
    }
  });

  it('goes on at another relay within seconds, and while packets are lost', async () => {
    await pages.join('ann');
    await pages.join('ben');
    for (const name of ['ann', 'ben'] as const) await pages.showAll(name, 'camera', 160);
    await pages.sees('ann', 'ben');
    await pages.group.replaceRelay();
    for (const name of ['ann', 'ben'] as const)
      await expect.poll(() => pages.page(name).evaluate(() => connections.length), poll).toBeGreaterThan(1);
    for (const [name, other] of [
      ['ann', 'ben'],
      ['ben', 'ann'],
    ] as const) {
      await pages.shows(name, { phase: { kind: 'connected' } });
      await pages.hears(name, other);
      await pages.sees(name, other);
    }
    // The same join, with the keys that it had.
    expect((await pages.state('ann')).joinId).toBe(pages.group.joinOf('ann'));

    pages.group.relay.setNetwork({ loss: 0.1 });
    await pages.hears('ann', 'ben');
    await pages.sees('ann', 'ben');
    pages.group.relay.setNetwork({ isCut: true });
    await pages.shows('ann', { phase: { kind: 'reconnecting' } });
    pages.group.relay.setNetwork({});
    await pages.shows('ann', { phase: { kind: 'connected' } });
    await pages.hears('ben', 'ann');
    await pages.sees('ben', 'ann');

    // The others took it for gone, and it is there: a new join, by itself.
    const before = pages.group.joinOf('ben');
    pages.group.lose('ben');
    await expect.poll(() => pages.group.joinOf('ben'), poll).not.toBe(before);
    const isThere = async (): Promise<boolean> => {
      const { joinId, phase } = await pages.state('ben');
      return joinId === pages.group.joinOf('ben') && phase.kind === 'connected';
    };
    await expect.poll(isThere, poll).toBe(true);
    await pages.hears('ann', 'ben');
    await pages.hears('ben', 'ann');
  });
});

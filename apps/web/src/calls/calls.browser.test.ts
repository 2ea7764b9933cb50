/** Calls as people use them, over the fixture: by keyboard, by pointer, and by what is said to who does not see. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

type Test = (page: Page) => Promise<void>;
const inCalls = (name: string, test: Test, layout: 'desktop' | 'phone' = 'desktop'): Promise<void> =>
  inScene({ name: `calls-${name}`, scene: 'calls', layout }, test);
/** Where there are groups to call as well. */
const besideGroups = (name: string, test: Test): Promise<void> =>
  inScene({ name: `calls-${name}`, scene: 'groupCalls' }, test);
const island = 'Everyone on the island';

const sheet = (page: Page) => page.getByRole('alertdialog');
const call = (page: Page) => page.locator('.call');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const done = (page: Page): Promise<string[]> => page.evaluate(() => [...window.sottoFixture.calls]);
const ring = (page: Page, video = false): Promise<void> =>
  page.evaluate((withVideo) => window.sottoFixture.call.ring('jonas', withVideo), video);

async function openChat(page: Page): Promise<void> {
  await page.locator('a.list-row', { hasText: 'jonas' }).click();
  await page.locator('#composer').waitFor();
}
/** In a call that the other side took. */
async function talk(page: Page, video: boolean): Promise<void> {
  await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
  await openChat(page);
  await button(page, video ? 'Start a video call' : 'Start a voice call').click();
  await call(page).getByText('Ringing…').first().waitFor();
  await page.evaluate((hasCamera) => {
    const remote = { isMuted: false, hasCamera, isSharing: false, lowData: false };
    window.sottoFixture.call.connect({ remote });
  }, video);
  await page.locator('.call-duration').waitFor();
}

/** How many notes the page has sounded since `countNotes`. */
const notes = (page: Page): Promise<number> =>
  page.evaluate(() => (window as unknown as { notes: number }).notes);
const countNotes = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const counted = window as unknown as { notes: number };
    counted.notes = 0;
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function (this: AudioContext) {
      counted.notes += 1;
      return make.call(this);
    };
  });

describe('a call that comes', () => {
  it('takes no answer from who is typing, rings until it is silenced, and is in the title', async () => {
    await inCalls('incoming', async (page) => {
      await countNotes(page);
      await openChat(page);
      await page.locator('#composer').focus();
      await ring(page);
      await sheet(page).waitFor();
      await expect.poll(() => page.title()).toBe('jonas is calling');
      await expect
        .poll(() => page.locator('link[rel="icon"]').getAttribute('href'))
        .toBe('/icon-ringing.svg');
      await expect.poll(() => notes(page)).toBeGreaterThan(0);
      await expect
        .poll(() => sheet(page).evaluate((element) => element === document.activeElement))
        .toBe(true);
      await page.keyboard.press('Space');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      await sheet(page).getByText('It rings without a sound here.').waitFor();
      const taken = (await done(page)).filter((one) => /answer|decline/.test(one));
      expect(taken).toEqual([]);
      await button(page, 'Decline').click();
      await sheet(page).waitFor({ state: 'detached' });
      await expect.poll(() => done(page)).toContain('declineCall');
      await expect.poll(() => page.title()).not.toContain('calling');
      await expect.poll(() => page.locator('link[rel="icon"]').getAttribute('href')).toBe('/icon.svg');
    });
  });

  it('is answered by keyboard, with or without video', async () => {
    await inCalls('answered', async (page) => {
      await ring(page, true);
      await sheet(page).waitFor();
      await button(page, 'Answer without video').focus();
      await page.keyboard.press('Enter');
      await call(page).waitFor();
      await expect.poll(() => done(page)).toContain('answer voice');
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
      await button(page, 'End the call').click();
      await call(page).waitFor({ state: 'detached' });
      await ring(page, true);
      await button(page, 'Answer with video').click();
      await call(page).waitFor();
      await expect.poll(() => done(page)).toContain('answer video');
    });
  });

  it('makes no sound where that was turned off, and is told to who looks at another page', async () => {
    await inCalls('quiet', async (page) => {
      await page.evaluate(() => {
        location.hash = '#/settings/calls';
      });
      await page.getByRole('switch', { name: 'Ring when somebody calls' }).uncheck();
      await page.getByText('shows calls without a sound').waitFor();
      await countNotes(page);
      await page.evaluate(() => {
        const told = window as unknown as { told: string[] };
        told.told = [];
        class Told extends EventTarget {
          static readonly permission = 'granted';
          constructor(title: string) {
            super();
            told.told.push(title);
          }
          close(): void {
            told.told.push('closed');
          }
        }
        Object.assign(window, { Notification: Told });
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      });
      await ring(page, true);
      await sheet(page).waitFor();
      const told = (): Promise<string[]> =>
        page.evaluate(() => [...(window as unknown as { told: string[] }).told]);
      await expect.poll(told).toEqual(['jonas is calling with video']);
      await button(page, 'Decline').click();
      await expect.poll(told).toEqual(['jonas is calling with video', 'closed']);
      expect(await notes(page)).toBe(0);
    });
  });

  it('ends a look at the devices, which does not come back over it', async () => {
    await inCalls('check-answered', async (page) => {
      await page.evaluate(() => {
        location.hash = '#/settings/calls';
      });
      await page.getByRole('button', { name: /^Check microphone and camera/ }).click();
      await page.getByRole('dialog').getByText('You are heard.').waitFor();
      await ring(page);
      await button(page, 'Answer').click();
      await call(page).waitFor();
      await sheet(page).waitFor({ state: 'detached' });
      expect(await page.getByRole('dialog').count()).toBe(0);
    });
  });

  it('rings in one of two tabs, and in none once it is silenced there', async () => {
    await inCalls('two-tabs', async (page) => {
      const other = await page.context().newPage();
      try {
        // Nobody has touched the other one, as far as it knows: it does not take the sound from this one.
        await other.addInitScript(() => {
          Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: false } });
        });
        await other.goto(page.url());
        await other.locator('a.list-row').first().waitFor();
        await countNotes(other);
        await ring(other);
        await sheet(other).waitFor();
        await openChat(page);
        await countNotes(page);
        await ring(page);
        await expect.poll(() => notes(page)).toBeGreaterThan(0);
        await sheet(other).getByText('Voice call').click();
        const waiting = (): Promise<number | undefined> =>
          page.evaluate(async () => (await navigator.locks.query()).pending?.length);
        await expect.poll(waiting).toBe(1);
        await button(page, 'Stop ringing here').click();
        await sheet(page).getByText('It rings without a sound here.').waitFor();
        expect(await waiting()).toBe(1);
        expect(await notes(other)).toBe(0);
      } finally {
        await other.close();
      }
    });
  });

  it('is gone when another device answers', async () => {
    await inCalls('answered-elsewhere', async (page) => {
      await ring(page);
      await sheet(page).waitFor();
      await page.evaluate(() => window.sottoFixture.call.stopRinging('elsewhere'));
      await sheet(page).waitFor({ state: 'detached' });
      await page.getByText('You are in a call with jonas on another device.').waitFor();
    });
  });
});

describe('a call', () => {
  it('is muted and seen by keys, which letters in the chat beside it are not', async () => {
    await inCalls('keys', async (page) => {
      await talk(page, true);
      await page.keyboard.press('m');
      await button(page, 'Unmute the microphone').waitFor();
      await page.getByRole('status').getByText('Microphone muted').waitFor({ state: 'attached' });
      await page.keyboard.press('v');
      await button(page, 'Turn the camera on').waitFor();
      await button(page, 'Chat beside the call').click();
      await page.locator('#composer').fill('');
      await page.locator('#composer').pressSequentially('mv');
      await expect.poll(() => page.locator('#composer').inputValue()).toBe('mv');
      await button(page, 'Unmute the microphone').waitFor();
      await button(page, 'Turn the camera on').waitFor();
    });
  });

  it('goes on in a bar while other chats are read, and is returned to', async () => {
    await inCalls('bar', async (page) => {
      await talk(page, false);
      await page.keyboard.press('Escape');
      const bar = page.getByRole('region', { name: 'Call with jonas' });
      await bar.waitFor();
      await page.locator('a.list-row', { hasText: 'ida.lund' }).click();
      await page.getByText('Missed voice call').last().waitFor();
      await bar.getByRole('button', { name: 'Mute the microphone' }).click();
      await bar.getByRole('button', { name: 'Unmute the microphone' }).waitFor();
      await bar.getByText(/^4:/).waitFor();
      await bar.getByRole('button', { name: 'Return to the call' }).click();
      await call(page).waitFor();
      await button(page, 'End the call').click();
      await page.getByText('Call ended after').waitFor();
      await call(page).waitFor({ state: 'detached' });
    });
  });

  it('has an own picture that is dragged to another corner, and swapped', async () => {
    await inCalls('own-picture', async (page) => {
      await talk(page, true);
      const small = page.locator('button.callSmall');
      const box = (await small.boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(200, 200, { steps: 4 });
      await page.mouse.up();
      await page.locator('.callSmall[data-x="left"][data-y="top"]').waitFor();
      await small.click();
      await page.getByRole('button', { name: 'The picture of jonas' }).waitFor();
    });
  });

  it('fills the screen, and goes on in a small window over other programs', async () => {
    await inCalls('screens', async (page) => {
      await talk(page, true);
      const isFull = (): Promise<boolean> => page.evaluate(() => document.fullscreenElement !== null);
      await button(page, 'Full screen').click();
      await expect.poll(isFull).toBe(true);
      await button(page, 'Leave full screen').click();
      await expect.poll(isFull).toBe(false);
      // Left by the browser's own key, the page knows it too.
      await button(page, 'Full screen').click();
      await button(page, 'Leave full screen').waitFor();
      await page.evaluate(() => document.exitFullscreen());
      await button(page, 'Full screen').waitFor();

      const shown = (): Promise<string | null> =>
        page.evaluate(() => {
          const film = document.pictureInPictureElement as HTMLVideoElement | null;
          return film === null ? null : film.paused ? 'paused' : 'playing';
        });
      await button(page, 'Picture in a small window').click();
      await expect.poll(shown).toBe('playing');
      await button(page, 'Picture back into the page').click();
      await expect.poll(shown).toBe(null);
      await button(page, 'Picture in a small window').click();
      await expect.poll(shown).toBe('playing');
      // Who hangs up has no window left.
      await button(page, 'End the call').click();
      await expect.poll(shown).toBe(null);
    });
  });

  it('becomes one with video only by consent', async () => {
    await inCalls('consent', async (page) => {
      await talk(page, false);
      await button(page, 'Turn the camera on').click();
      await page.locator('.call-note', { hasText: 'jonas is asked' }).waitFor();
      await page.evaluate(() => window.sottoFixture.call.set({ videoRequest: 'askedByOther' }));
      await page.getByRole('dialog').getByText('jonas wants to see you').waitFor();
      await button(page, 'Stay without video').click();
      await button(page, 'Turn the camera on').waitFor();
      await page.evaluate(() => window.sottoFixture.call.set({ videoRequest: 'askedByOther' }));
      await page.getByRole('dialog').getByRole('button', { name: 'Turn the camera on' }).click();
      await button(page, 'Turn the camera off').waitFor();
    });
  });

  it('asks for video over the chats as well', async () => {
    await inCalls('consent-bar', async (page) => {
      await talk(page, false);
      await page.keyboard.press('Escape');
      await page.locator('.callBar').waitFor();
      await page.evaluate(() => window.sottoFixture.call.set({ videoRequest: 'askedByOther' }));
      await page.getByRole('dialog').getByText('jonas wants to see you').waitFor();
      await button(page, 'Stay without video').click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('.callBar').waitFor();
    });
  });

  it('leaves nothing to the next one, and the focus to the chat', async () => {
    await inCalls('next', async (page) => {
      await talk(page, false);
      await button(page, 'Add people to the call').click();
      await page.getByRole('dialog').waitFor();
      await page.evaluate(() => window.sottoFixture.call.end({ kind: 'hungUpByOther' }));
      await page.getByText('Call ended after').waitFor();
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('composer');
      await button(page, 'Start a voice call').click();
      await call(page).getByText('Ringing…').first().waitFor();
      await page.evaluate(() => window.sottoFixture.call.connect());
      await page.locator('.call-duration').waitFor();
      expect(await page.getByRole('dialog').count()).toBe(0);
    });
  });

  it('is not told again after one of a group, and ends without a sound where it grows into one', async () => {
    await besideGroups('told', async (page) => {
      await talk(page, false);
      await page.evaluate(() => window.sottoFixture.call.end({ kind: 'connectionLost' }));
      await page.getByText('The call was lost').waitFor();
      await page.locator('a.list-row', { hasText: island }).click();
      await button(page, 'Start a voice call in this group').click();
      await button(page, 'Start the call').click();
      await page.locator('.groupCall').waitFor();
      await page.evaluate(() => window.sottoFixture.groupCall.end({ kind: 'over' }));
      await page.locator('.callEnded').waitFor();
      expect(await page.getByText('The call was lost').count()).toBe(0);

      await talk(page, false);
      await button(page, 'Add people to the call').click();
      await page.getByRole('dialog').getByRole('checkbox', { name: 'wren' }).check();
      await button(page, 'Add 1 person').click();
      await page.locator('.groupCall').waitFor();
      await countNotes(page);
      await page.evaluate(() => window.sottoFixture.groupCall.connect([]));
      await page.locator('.call-duration').waitFor();
      await expect.poll(() => done(page)).toContain('call ended hungUp');
      expect(await notes(page)).toBe(0);
    });
  });

  it('is a bar over its chat on a phone', async () => {
    await inCalls(
      'phone-chat',
      async (page) => {
        await talk(page, true);
        await button(page, 'Chat beside the call').click();
        await page.locator('.callBar').waitFor();
        await page.locator('#composer').waitFor();
        await expect.poll(() => call(page).count()).toBe(0);
      },
      'phone',
    );
  });
});

describe('calling', () => {
  it('tries the devices before the first call, and calls back from a missed one', async () => {
    await inCalls('call-back', async (page) => {
      await openChat(page);
      await button(page, 'Call back').last().click();
      await page.getByRole('dialog').getByText('You are heard.').waitFor();
      await button(page, 'Call with video').click();
      await call(page).waitFor();
      await expect.poll(() => done(page)).toContain('call video');
      await button(page, 'Cancel the call').click();
      await page.getByText('Call cancelled').waitFor();
      await button(page, 'Start a voice call').click();
      await call(page).getByText('Ringing…').first().waitFor();
      await expect.poll(() => done(page)).toContain('call voice');
    });
  });

  it('tries the devices again with the camera as it is by then', async () => {
    await besideGroups('check-again', async (page) => {
      await page.evaluate(() =>
        window.sottoFixture.call.setCheck({
          microphone: { kind: 'problem', problem: 'inUse' },
          camera: { kind: 'open', deviceId: 'c1', label: 'Front camera' },
        }),
      );
      await page.locator('a.list-row', { hasText: island }).click();
      await button(page, 'Start a voice call in this group').click();
      const preview = page.getByRole('dialog');
      await preview.getByText('Your camera is off').waitFor();
      await button(page, 'Turn the camera on').click();
      await preview.locator('.callPicture').waitFor();
      await page.evaluate(() =>
        window.sottoFixture.call.setCheck({
          microphone: { kind: 'open', deviceId: 'm1', label: 'Built-in microphone' },
          camera: { kind: 'open', deviceId: 'c1', label: 'Front camera' },
        }),
      );
      await button(page, 'Try again').click();
      await button(page, 'Start the call').waitFor();
      await preview.locator('.callPicture').waitFor();
      await button(page, 'Turn the camera off').click();
      await preview.getByText('Your camera is off').waitFor();
    });
  });

  it('says where what calls need could not be fetched, and fetches it when it is asked again', async () => {
    await inCalls('fetched-later', async (page) => {
      await page.evaluate(() => window.sottoFixture.call.setFetchable(false));
      await openChat(page);
      await button(page, 'Start a voice call').click();
      await page.locator('.callEnded').getByText('The call is not possible').waitFor();
      await page.evaluate(() => window.sottoFixture.call.setFetchable(true));
      await button(page, 'Start a voice call').click();
      await page.getByRole('dialog').getByText('You are heard.').waitFor();
      expect(await page.locator('.callEnded').count()).toBe(0);
    });
  });

  it('is turned off for one person in the details of the chat, and on again', async () => {
    await inCalls('blocked', async (page) => {
      await openChat(page);
      const toggle = page.locator('.details').getByRole('switch', { name: 'Calls from @jonas' });
      await expect.poll(() => toggle.isChecked()).toBe(true);
      await toggle.click();
      await page.getByText('They ring on none of your devices. @jonas is not told.').waitFor();
      await expect.poll(() => done(page)).toContain('blockCalls true');
      await toggle.click();
      await page.getByText('They ring on all of your devices.').waitFor();
      await expect.poll(() => done(page)).toContain('blockCalls false');
    });
  });

  it('says what became of it, and calls again', async () => {
    await inCalls('again', async (page) => {
      await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
      await openChat(page);
      await button(page, 'Start a voice call').click();
      await call(page).waitFor();
      await page.evaluate(() => window.sottoFixture.call.end({ kind: 'busy' }));
      await page.getByText('jonas is in another call').waitFor();
      await page.locator('.callEnded').getByRole('button', { name: 'Call again' }).click();
      await call(page).waitFor();
      await page.evaluate(() => window.sottoFixture.call.end({ kind: 'noAnswer' }));
      await page.getByText('jonas did not answer').waitFor();
      await page.locator('.callEnded').getByRole('button', { name: 'Write a message' }).click();
      await page.getByText('jonas did not answer').waitFor({ state: 'detached' });
    });
  });

  it('is returned to after a reload, or ended', async () => {
    await inCalls('rejoin', async (page) => {
      await page.evaluate(() => window.sottoFixture.call.elsewhere('jonas', 'here', true));
      await button(page, 'Return to the call').click();
      await call(page).waitFor();
      await expect.poll(() => done(page)).toContain('rejoin');
    });
  });
});

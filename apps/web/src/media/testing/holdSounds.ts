import type { JSHandle, Page } from 'playwright-core';

interface Held {
  /** What was played last. */
  sound: HTMLMediaElement | null;
}

/** What a page plays, in the hands of a test. */
export class HeldSounds {
  readonly #held: JSHandle<Held>;

  constructor(held: JSHandle<Held>) {
    this.#held = held;
  }

  /** How fast the last one plays, and whether anything of it was heard. */
  read(): Promise<{ rate: number; isHeard: boolean }> {
    return this.#held.evaluate(({ sound }) => ({
      rate: sound?.playbackRate ?? 0,
      isHeard: (sound?.played.length ?? 0) > 0 && sound?.error === null,
    }));
  }

  /** The last one ends where it would. */
  async letEnd(): Promise<void> {
    await this.#held.evaluate(({ sound }) => {
      if (sound !== null) sound.loop = false;
    });
  }
}

/** From now on every sound of the page begins again at its end: one of a second would be over before a test has looked at it. */
export async function holdSounds(page: Page): Promise<HeldSounds> {
  return new HeldSounds(
    await page.evaluateHandle(() => {
      const held: Held = { sound: null };
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
        held.sound = this;
        this.loop = true;
        return play.call(this);
      };
      return held;
    }),
  );
}

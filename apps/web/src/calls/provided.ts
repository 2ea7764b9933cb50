import type { SottoApi } from '../sotto.ts';

interface Provided<Part> {
  provide(open: (sotto: SottoApi) => Promise<Part>): void;
  of(sotto: SottoApi): Promise<Part>;
}

/** A part of the SDK that the entry provides, and that is fetched when it is first needed; the same one from then on. */
export function createProvided<Part>(): Provided<Part> {
  let provided: ((sotto: SottoApi) => Promise<Part>) | null = null;
  let made: { sotto: SottoApi; part: Promise<Part> } | null = null;
  return {
    provide: (open) => {
      provided = open;
    },
    of: (sotto) => {
      if (made?.sotto === sotto) return made.part;
      if (provided === null) return Promise.reject(new Error('No calls were provided'));
      const part = provided(sotto);
      const mine = { sotto, part };
      made = mine;
      // What could not be fetched is fetched again for the next call.
      part.catch(() => {
        if (made === mine) made = null;
      });
      return part;
    },
  };
}

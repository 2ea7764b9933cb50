/** The addresses that a relay of its own announces (`SOTTO_CALLS_HOST`), where some of them have names. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

interface NamedAddresses {
  /** As they were found last, in the order of the names. */
  addresses(): readonly string[];
  /** Names may come to mean another address. False where one was not found: it still means what it meant. */
  look(): Promise<boolean>;
}

export function createNamedAddresses(
  names: readonly string[],
  resolve: (name: string) => Promise<readonly string[]> = resolveName,
): NamedAddresses {
  const found = new Map<string, readonly string[]>();
  for (const name of names) found.set(name, isIP(name) === 0 ? [] : [name]);
  return {
    addresses: () => [...found.values()].flat(),
    async look() {
      const looked = names.map(async (name) => {
        if (isIP(name) !== 0) return true;
        const addresses = await resolve(name).catch(() => []);
        if (addresses.length > 0) found.set(name, addresses);
        return addresses.length > 0;
      });
      return (await Promise.all(looked)).every(Boolean);
    },
  };
}

async function resolveName(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/**
 * Names of push services (spec/push.md §Endpoints) lead to addresses when they are called, so it is then that they are
 * looked at: none but public ones come out. The name service is asked by this process itself. What the system does for it
 * holds one of two threads until somebody answers, and accounts name endpoints whose name servers never do.
 */
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './pushEndpoint.ts';

const tryMs = 2_000;
const tries = 2;
/** Which name servers there are is read again so often. */
const renewAfterMs = 60_000;

/** `servers`: others than the machine's only in tests. */
export function createPublicLookup(servers: readonly string[] = []): LookupFunction {
  let [resolver, madeAtMs] = [createResolver(servers), performance.now()];
  const find = async (host: string) => {
    if (performance.now() - madeAtMs >= renewAfterMs)
      [resolver, madeAtMs] = [createResolver(servers), performance.now()];
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found
      .flatMap((one, at) => {
        const family = at === 0 ? 4 : 6;
        return one.status === 'fulfilled' ? one.value.map((address) => ({ address, family })) : [];
      })
      .filter(({ address }) => isPublicAddress(address));
  };
  return async (host, options, done) => {
    const allowed = await find(host);
    const [first] = allowed;
    if (first === undefined) done(new Error('no public address'), '');
    else if (options.all === true) done(null, allowed);
    else done(null, first.address, first.family);
  };
}

function createResolver(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: tryMs, maxTimeout: tryMs, tries });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

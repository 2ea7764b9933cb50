/**
 * By which IP addresses pages reach the relay (spec/callSeats.md §Between server and relay): candidates of ICE are
 * addresses, while people and configurations have names.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** None: those that the relay listens on. */
type AnnouncedAddresses = (host: string | null) => Promise<readonly string[]>;

interface Named {
  /** As they were found last. */
  addresses: readonly string[];
  untilMs: number;
  /** While they are looked up. */
  looking: Promise<void> | null;
}

const keepMs = 60_000;
/** What was not found is looked for again after this. */
const keepNoneMs = 2_000;
const maxHosts = 100;
const maxAddresses = 8;
/** A page waits for the answer. */
const resolveWithinMs = 2_000;

/** Of `callsHost`, where the configuration names it, else of the host by which a client came. */
export function createAnnouncedAddresses(
  callsHost: string | null,
  resolve: (name: string) => Promise<readonly string[]> = resolveName,
): AnnouncedAddresses {
  const kept = new Map<string, Named>();
  /** A name that is not found at the moment still means what it meant. */
  const look = async (host: string, named: Named) => {
    const found = (await resolve(host).catch(() => [])).filter((address) => !isLoopback(address));
    if (found.length > 0) named.addresses = found.slice(0, maxAddresses);
    named.untilMs = performance.now() + (found.length > 0 ? keepMs : keepNoneMs);
    named.looking = null;
  };
  return async (clientHost) => {
    const host = (callsHost ?? clientHost)?.replace(/^\[|\]$/g, '') ?? '';
    if (host === '' || isLoopback(host)) return [];
    if (isIP(host) !== 0) return [host];
    const named = kept.get(host) ?? { addresses: [], untilMs: Number.NEGATIVE_INFINITY, looking: null };
    if (named.looking === null && performance.now() >= named.untilMs) {
      kept.delete(host);
      if (kept.size >= maxHosts) kept.delete(kept.keys().next().value!);
      kept.set(host, named);
      named.looking = look(host, named);
    }
    if (named.looking !== null) await Promise.race([named.looking, waited()]);
    return named.addresses;
  };
}

async function resolveName(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function waited(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, resolveWithinMs).unref());
}

/** On the machine itself, where the relay's own addresses do, and Firefox sends no media to 127.0.0.1. */
function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|::1)$/.test(host);
}

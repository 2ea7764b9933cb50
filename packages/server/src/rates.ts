import type { Rate } from './connection/tokenBuckets.ts';

/** What one device, account or address may do in a time (spec/server.md §Rate limits). */
export interface Rates {
  /** Requests of one device, weighed by `requestCost`. */
  readonly requestsPerDevice: Rate;
  /** Requests of all connections from one address, weighed likewise. */
  readonly requestsPerAddress: Rate;
  readonly connectionsPerAddress: Rate;
  readonly signInsPerAddress: Rate;
  /** Password guesses: every StartLogin counts. */
  readonly loginsPerAccount: Rate;
  readonly loginsPerAddress: Rate;
  /** Malformed or refused frames of one connection before it is ended. */
  readonly offences: Rate;
}

export const defaultRates: Rates = {
  requestsPerDevice: { burst: 600, perSecond: 100 },
  requestsPerAddress: { burst: 6000, perSecond: 1000 },
  connectionsPerAddress: { burst: 300, perSecond: 10 },
  signInsPerAddress: { burst: 300, perSecond: 5 },
  loginsPerAccount: { burst: 10, perSecond: 1 / 30 },
  loginsPerAddress: { burst: 100, perSecond: 0.5 },
  offences: { burst: 100, perSecond: 5 },
};

/** For load measurements and simulations, where one address is everybody. */
export const unlimitedRates: Rates = {
  requestsPerDevice: { burst: 1e9, perSecond: 1e9 },
  requestsPerAddress: { burst: 1e9, perSecond: 1e9 },
  connectionsPerAddress: { burst: 1e9, perSecond: 1e9 },
  signInsPerAddress: { burst: 1e9, perSecond: 1e9 },
  loginsPerAccount: { burst: 1e9, perSecond: 1e9 },
  loginsPerAddress: { burst: 1e9, perSecond: 1e9 },
  offences: { burst: 1e9, perSecond: 1e9 },
};

/** Methods that weigh more than 1 against the request rates, because they cost the server or others more. */
const costs: ReadonlyMap<string, number> = new Map([
  ['CreateConversation', 10],
  ['ClaimKeyPackages', 10],
  ['CreateInvite', 20],
  ['ListConversations', 5],
  ['Subscribe', 3],
  ['ReadLog', 3],
  ['FindAccount', 3],
]);

export function requestCost(method: string): number {
  return costs.get(method) ?? 1;
}

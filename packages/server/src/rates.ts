import type { Rate } from './connection/tokenBuckets.ts';

/** What one device, account or address may do in a time (spec/server.md §Rate limits). */
export interface Rates {
  /** Requests of one device, weighed by `requestCost`. */
  readonly requestsPerDevice: Rate;
  /** Requests of all connections from one address, weighed likewise. */
  readonly requestsPerAddress: Rate;
  readonly connectionsPerAddress: Rate;
  readonly signInsPerAddress: Rate;
  /** Requests of uploads and downloads over HTTP. */
  readonly transfersPerAddress: Rate;
  /** Password guesses: every StartLogin counts. From all addresses: more than one address can use up. */
  readonly loginsPerAccount: Rate;
  /** Guesses at one account's password from one address, so that one address cannot keep others from signing in. */
  readonly loginsPerAccountAndAddress: Rate;
  readonly loginsPerAddress: Rate;
  /** New accounts. */
  readonly registrationsPerAddress: Rate;
  /** Bytes that devices of one account have stored, each copy counted. */
  readonly storedBytesPerAccount: Rate;
  /** Claims by one account of another's key packages: fewer at once than a pool holds. */
  readonly claimsPerPair: Rate;
  /** Signals to one conversation, each counted for every device that it goes to. More are dropped. */
  readonly signalsPerConversation: Rate;
  /** Credentials for the relay: one for each call and each ICE restart. */
  readonly relaysPerAccount: Rate;
  /** Seats of group calls that are opened, and what is asked of relays for them. */
  readonly seatRequestsPerDevice: Rate;
  /** Of all devices: after its relay has died, everybody in a call comes at once. */
  readonly seatRequestsPerConversation: Rate;
  /** Pushes to one device that is away. More are dropped: it has been told already. */
  readonly pushesPerDevice: Rate;
  /** The same by one account, so that one cannot keep a device from being told of others. */
  readonly pushesPerSenderAndDevice: Rate;
  /** Malformed or refused frames of one connection before it is ended. */
  readonly offences: Rate;
}

export const defaultRates: Rates = {
  requestsPerDevice: { burst: 600, perSecond: 100 },
  requestsPerAddress: { burst: 6000, perSecond: 1000 },
  connectionsPerAddress: { burst: 300, perSecond: 10 },
  signInsPerAddress: { burst: 300, perSecond: 5 },
  transfersPerAddress: { burst: 3000, perSecond: 100 },
  loginsPerAccount: { burst: 100, perSecond: 1 / 10 },
  loginsPerAccountAndAddress: { burst: 10, perSecond: 1 / 30 },
  loginsPerAddress: { burst: 100, perSecond: 0.5 },
  registrationsPerAddress: { burst: 50, perSecond: 1 / 60 },
  storedBytesPerAccount: { burst: 128 * 1024 * 1024, perSecond: 256 * 1024 },
  claimsPerPair: { burst: 20, perSecond: 1 / 60 },
  signalsPerConversation: { burst: 5000, perSecond: 1000 },
  relaysPerAccount: { burst: 60, perSecond: 0.5 },
  seatRequestsPerDevice: { burst: 120, perSecond: 10 },
  seatRequestsPerConversation: { burst: 3000, perSecond: 500 },
  pushesPerDevice: { burst: 20, perSecond: 0.4 },
  pushesPerSenderAndDevice: { burst: 5, perSecond: 0.1 },
  offences: { burst: 100, perSecond: 5 },
};

/** For load measurements and simulations, where one address is everybody. */
export const unlimitedRates: Rates = {
  requestsPerDevice: { burst: 1e9, perSecond: 1e9 },
  requestsPerAddress: { burst: 1e9, perSecond: 1e9 },
  connectionsPerAddress: { burst: 1e9, perSecond: 1e9 },
  signInsPerAddress: { burst: 1e9, perSecond: 1e9 },
  transfersPerAddress: { burst: 1e9, perSecond: 1e9 },
  loginsPerAccount: { burst: 1e9, perSecond: 1e9 },
  loginsPerAccountAndAddress: { burst: 1e9, perSecond: 1e9 },
  loginsPerAddress: { burst: 1e9, perSecond: 1e9 },
  registrationsPerAddress: { burst: 1e9, perSecond: 1e9 },
  storedBytesPerAccount: { burst: 1e12, perSecond: 1e12 },
  claimsPerPair: { burst: 1e9, perSecond: 1e9 },
  signalsPerConversation: { burst: 1e9, perSecond: 1e9 },
  relaysPerAccount: { burst: 1e9, perSecond: 1e9 },
  seatRequestsPerDevice: { burst: 1e9, perSecond: 1e9 },
  seatRequestsPerConversation: { burst: 1e9, perSecond: 1e9 },
  pushesPerDevice: { burst: 1e9, perSecond: 1e9 },
  pushesPerSenderAndDevice: { burst: 1e9, perSecond: 1e9 },
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
  ['ReadCommits', 3],
  ['ReadAccounts', 10],
  ['FindAccount', 3],
  ['BeginUpload', 3],
  ['OpenBlobs', 3],
  ['RequestToJoin', 20],
]);

export function requestCost(method: string): number {
  return costs.get(method) ?? 1;
}

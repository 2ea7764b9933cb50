/**
 * Candidates (RFC 8839 §5.1) as calls let them out and in (spec/callMedia.md, "Candidates"): read into their parts and written
 * anew, so that nothing passes that was not understood.
 */
import { isAllowedAddress, isAllowedPort, isMulticastDnsName } from './addresses.ts';

/** Longer ones are none. */
const candidateSizeLimit = 300;
/** Of one side and one start of ICE. */
export const candidateLimit = 32;

const form =
  /^(?:candidate:)?([A-Za-z0-9+/]{1,32}) 1 udp (\d{1,10}) ([0-9A-Za-z.:-]{2,64}) (\d{1,5}) typ (host|srflx|prflx|relay)((?: [\w-]{1,32} [A-Za-z0-9+/.:-]{1,256})*)$/i;

export interface CandidateRule {
  /** Only relayed ones: the others tell this machine's addresses, or lead past the relay. */
  readonly relayOnly: boolean;
}

/**
 * The candidate as it may go on, as in `RTCIceCandidate.candidate`; null where it may not. Addresses that it is related to
 * are left out, because they tell more than is needed. TCP is for relays, whose candidates say UDP.
 */
export function cleanCandidate(text: string, { relayOnly }: CandidateRule): string | null {
  if (text.length > candidateSizeLimit) return null;
  const match = form.exec(text);
  if (match === null) return null;
  const [, foundation, priority, address = '', port, kind = '', more = ''] = match;
  const type = kind.toLowerCase();
  if (relayOnly && type !== 'relay') return null;
  if (Number(priority) > 0xffff_ffff || !isAllowedPort(Number(port))) return null;
  if (!isAllowedAddress(address) && !(type === 'host' && isMulticastDnsName(address))) return null;
  const unrelated = address.includes(':') ? '::' : '0.0.0.0';
  const related = type === 'host' ? '' : ` raddr ${unrelated} rport 0`;
  const ufrag = / ufrag ([A-Za-z0-9+/]{4,256})(?: |$)/.exec(more)?.[1];
  const ending = ufrag === undefined ? '' : ` ufrag ${ufrag}`;
  return `candidate:${foundation} 1 udp ${priority} ${address} ${port} typ ${type}${related}${ending}`;
}

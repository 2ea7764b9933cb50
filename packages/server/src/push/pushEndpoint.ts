import { isIP } from 'node:net';
import { limits } from '@sotto/protocol';
import ipaddr from 'ipaddr.js';

/**
 * spec/push.md §Endpoints: where a push service takes pushes. The server calls it by itself, so it must not lead into the
 * operator's own network. Null where it may.
 */
export function readPushEndpoint(text: string): URL | null {
  if (text.length > limits.pushEndpointSizeBytes || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 || isPublicAddress(host) ? url : null;
}

/** An address that anybody on the internet may have: no private network, no machine itself. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanCandidate } from './candidates.ts';

const any = { relayOnly: false };
const onlyRelayed = { relayOnly: true };
const host = 'candidate:2484985713 1 udp 2113937151 192.0.2.2 49558 typ host';
const relayed = 'candidate:1 1 udp 41885695 198.18.4.7 50000 typ relay raddr 192.0.2.2 rport 49558';

describe('a candidate', () => {
  it('is written anew from what is known of it', () => {
    expect(cleanCandidate(`${host} generation 0 ufrag SJfE network-id 1 network-cost 999`, any)).toBe(
      `${host} ufrag SJfE`,
    );
    const named = host.replace('192.0.2.2', 'b6fbb19f-b547-43da-9df1-70d3eb5edca3.local');
    expect(cleanCandidate(named, any)).toBe(named);
    expect(cleanCandidate('candidate:7 1 UDP 1 2001:db8::1 443 typ srflx raddr fd00::2 rport 9', any)).toBe(
      'candidate:7 1 udp 1 2001:db8::1 443 typ srflx raddr :: rport 0',
    );
  });

  it('does not tell the address behind a relay', () => {
    expect(cleanCandidate(relayed, onlyRelayed)).toBe(
      'candidate:1 1 udp 41885695 198.18.4.7 50000 typ relay raddr 0.0.0.0 rport 0',
    );
    expect(cleanCandidate(host, onlyRelayed)).toBeNull();
    expect(cleanCandidate(relayed.replace('relay', 'srflx'), onlyRelayed)).toBeNull();
  });

  it.each([
    ['another component', host.replace(' 1 udp', ' 2 udp')],
    ['TCP', host.replace('udp', 'tcp')],
    ['this machine', host.replace('192.0.2.2', '127.0.0.1')],
    ['a group of machines', host.replace('192.0.2.2', '224.0.0.251')],
    ['a name to look up', host.replace('192.0.2.2', 'intranet.example.org')],
    [
      'a made-up name of a relay',
      relayed.replace('198.18.4.7', 'b6fbb19f-b547-43da-9df1-70d3eb5edca3.local'),
    ],
    ['a service', host.replace('49558', '22')],
    ['no port', host.replace('49558', '70000')],
    ['too high a priority', host.replace('2113937151', '9999999999')],
    ['another type', host.replace('typ host', 'typ local')],
    ['something behind it', `${host}\r\na=setup:active`],
    ['half an attribute', `${host} generation`],
    ['nothing', ''],
    ['too much', `${host}${' x y'.repeat(100)}`],
  ])('is refused with %s', (_what, candidate) => {
    expect(cleanCandidate(candidate, any)).toBeNull();
  });

  it('is one line without surprises, whatever came', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .tuple(fc.nat(host.length), fc.string())
            .map(([at, text]) => host.slice(0, at) + text + host.slice(at)),
        ),
        (text) => {
          const cleaned = cleanCandidate(text, any);
          if (cleaned === null) return;
          expect(cleaned).toMatch(/^candidate:[\w+/]+ 1 udp \d+ [\w.:-]+ \d+ typ \w+[\w .:+/]*$/);
          expect(cleanCandidate(cleaned, any)).toBe(cleaned);
        },
      ),
    );
  });
});

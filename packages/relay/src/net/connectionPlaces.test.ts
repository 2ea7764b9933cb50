import { describe, expect, it } from 'vitest';
import { ConnectionPlaces } from './connectionPlaces.ts';

const limits = { connections: 10, connectionsPerSource: 2, connectionsPerSite: 4 };

describe('places for TCP connections', () => {
  it('are so many for an IPv4 address, and for 64 bits of an IPv6 address', () => {
    const places = new ConnectionPlaces(limits);
    for (const addresses of [
      ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
      ['2001:db8:1::1', '2001:db8:1:0:ffff::2', '2001:db8:1::3'],
    ] as const) {
      const taken = addresses.map((address) => places.take(address));
      expect(taken.map((give) => give !== null)).toEqual([true, true, false]);
      taken[0]!();
      expect(places.take(addresses[2])).not.toBeNull();
    }
    expect(places.take('192.0.2.2')).not.toBeNull();
  });

  it('are so many for 48 bits of an IPv6 address, however many networks it is used for', () => {
    const places = new ConnectionPlaces(limits);
    const taken = Array.from({ length: 100 }, (_, at) => places.take(`2001:db8:1:${at.toString(16)}::1`));
    expect(taken.filter((give) => give !== null).length).toBe(limits.connectionsPerSite);
    expect(places.take('2001:db8:2::1')).not.toBeNull();
    taken[0]!();
    expect(places.take('2001:db8:1:ffff::1')).not.toBeNull();
    expect(places.take('2001:db8:1:fffe::1')).toBeNull();
  });

  it('are so many in all, and all come back', () => {
    const places = new ConnectionPlaces(limits);
    for (let round = 0; round < 3; round += 1) {
      const taken = Array.from({ length: 12 }, (_, at) => places.take(`192.0.2.${at}`));
      expect(taken.filter((give) => give !== null).length).toBe(limits.connections);
      for (const give of taken) give?.();
    }
  });
});

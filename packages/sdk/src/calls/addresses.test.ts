import { describe, expect, it } from 'vitest';
import { isAllowedAddress, isAllowedPort, isMulticastDnsName } from './addresses.ts';

describe('addresses that a call may send to', () => {
  it.each([
    '192.0.2.1',
    '10.0.0.7',
    '192.168.1.20',
    '198.18.3.4',
    '223.255.255.255',
    '2001:db8::1',
    'fd00::2',
    '64:ff9b::c000:201',
    '::ffff:192.0.2.1',
    '2002:c000:0201::1',
    '1:2:3:4:5:6:7:8',
    '2001:db8::192.0.2.1',
  ])('%s is one', (address) => {
    expect(isAllowedAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fe80::1',
    'febf::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:0001::1',
    '::ffff:169.254.169.254',
  ])('%s is none', (address) => {
    expect(isAllowedAddress(address)).toBe(false);
  });

  it.each([
    '',
    'localhost',
    'example.org',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '010.0.0.1',
    '1.2.3.4 ',
    '2130706433',
    '0x7f.1.1.1',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    'fe80::1%eth0',
    '12345::',
    'g::1',
    '::1.2.3',
  ])('%s is no address', (address) => {
    expect(isAllowedAddress(address)).toBe(false);
  });

  it('takes names that browsers make up, and no others', () => {
    expect(isMulticastDnsName('b6fbb19f-b547-43da-9df1-70d3eb5edca3.local')).toBe(true);
    for (const name of [
      'router.local',
      'b6fbb19f-b547-43da-9df1-70d3eb5edca3.local.example.org',
      'a.b.local',
    ])
      expect(isMulticastDnsName(name)).toBe(false);
  });

  it('takes ports of ordinary programs and of relays', () => {
    for (const port of [443, 1024, 3478, 65_535]) expect(isAllowedPort(port)).toBe(true);
    for (const port of [0, 1, 22, 53, 80, 444, 1023, 65_536, Number.NaN])
      expect(isAllowedPort(port)).toBe(false);
  });
});

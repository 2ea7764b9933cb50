import { describe, expect, it } from 'vitest';
import { createNamedAddresses } from './namedAddresses.ts';

describe('the addresses of names', () => {
  it('stay what they were while a name is not found, which is told', async () => {
    const known = new Map([
      ['one', ['192.0.2.1']],
      ['two', ['192.0.2.2', '2001:db8::2']],
    ]);
    const named = createNamedAddresses(['one', '192.0.2.9', 'two'], async (name) => {
      const found = known.get(name);
      if (found === undefined) throw new Error('ENOTFOUND');
      return found;
    });
    expect(named.addresses()).toEqual(['192.0.2.9']);
    expect(await named.look()).toBe(true);
    expect(named.addresses()).toEqual(['192.0.2.1', '192.0.2.9', '192.0.2.2', '2001:db8::2']);
    known.delete('two');
    known.set('one', ['192.0.2.7']);
    expect(await named.look()).toBe(false);
    expect(named.addresses()).toEqual(['192.0.2.7', '192.0.2.9', '192.0.2.2', '2001:db8::2']);
    known.set('two', []);
    expect(await named.look()).toBe(false);
    expect(named.addresses()).toHaveLength(4);
  });
});

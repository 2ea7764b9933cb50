import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnnouncedAddresses } from './announcedAddresses.ts';

/** Names that are known, and which were asked for. */
function names(known: Record<string, readonly string[]>) {
  const asked: string[] = [];
  const resolve = async (name: string) => {
    asked.push(name);
    const addresses = known[name];
    if (addresses === undefined) throw new Error('ENOTFOUND');
    return addresses;
  };
  return { asked, resolve };
}

describe('the addresses that pages are told to come to', () => {
  it('are those of the host by which the client came, or of the configured one', async () => {
    const { asked, resolve } = names({
      'chat.example.org': ['192.0.2.1', '2001:db8::1'],
      calls: ['192.0.2.2'],
    });
    const byClient = createAnnouncedAddresses(null, resolve);
    expect(await byClient('chat.example.org')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(await byClient('chat.example.org')).toHaveLength(2);
    expect(asked).toEqual(['chat.example.org']);
    expect(await byClient('192.0.2.7')).toEqual(['192.0.2.7']);
    expect(await byClient('[2001:db8::7]')).toEqual(['2001:db8::7']);
    expect(await createAnnouncedAddresses('calls', resolve)('chat.example.org')).toEqual(['192.0.2.2']);
  });

  it('are the relay’s own where the host is this machine, unknown, or means nothing', async () => {
    const addresses = createAnnouncedAddresses(null, names({ here: ['127.0.1.1', '192.0.2.1'] }).resolve);
    for (const host of [null, '', 'localhost', '127.0.0.1', '[::1]', 'unknown.example.org'])
      expect(await addresses(host)).toEqual([]);
    expect(await addresses('here')).toEqual(['192.0.2.1']);
  });

  describe('where names are slow or not found', () => {
    beforeEach(() => {
      vi.useFakeTimers();
      return () => vi.useRealTimers();
    });

    it('stay what they were, and are looked up again soon', async () => {
      const known: Record<string, readonly string[]> = {};
      const { asked, resolve } = names(known);
      const addresses = createAnnouncedAddresses('calls', resolve);
      expect(await addresses(null)).toEqual([]);
      known.calls = ['192.0.2.1'];
      expect(await addresses(null)).toEqual([]);
      vi.advanceTimersByTime(2000);
      expect(await addresses(null)).toEqual(['192.0.2.1']);
      delete known.calls;
      vi.advanceTimersByTime(59_000);
      expect(await addresses(null)).toEqual(['192.0.2.1']);
      expect(asked).toHaveLength(2);
      vi.advanceTimersByTime(1000);
      expect(await addresses(null)).toEqual(['192.0.2.1']);
      known.calls = ['192.0.2.2'];
      vi.advanceTimersByTime(2000);
      expect(await addresses(null)).toEqual(['192.0.2.2']);
    });

    it('are those that come late for who asks after that, and nobody asks beside', async () => {
      const late = Promise.withResolvers<readonly string[]>();
      const resolve = vi.fn(() => late.promise);
      const addresses = createAnnouncedAddresses('calls', resolve);
      const early = [addresses(null), addresses(null)];
      vi.advanceTimersByTime(2000);
      expect(await Promise.all(early)).toEqual([[], []]);
      late.resolve(['192.0.2.1']);
      expect(await addresses(null)).toEqual(['192.0.2.1']);
      expect(resolve).toHaveBeenCalledTimes(1);
    });
  });

  it('are kept for so many hosts only', async () => {
    const { asked, resolve } = names({});
    const addresses = createAnnouncedAddresses(null, resolve);
    for (let i = 0; i < 101; i++) await addresses(`host-${i}`);
    await addresses('host-100');
    expect(asked).toHaveLength(101);
    await addresses('host-0');
    expect(asked).toHaveLength(102);
  });
});

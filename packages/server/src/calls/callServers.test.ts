import { createHmac } from 'node:crypto';
import type { AccountId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { createCallServers } from './callServers.ts';
import { addressesFor } from './startCallRelays.ts';

const nowMs = 1_900_000_000_000;
const account = 'a'.repeat(32) as AccountId;
const tag = Buffer.alloc(16, 7);
const request = { accountId: account, relayTag: tag, host: 'chat.example.org', nowMs };
const nothing = { callsHost: null, turnUrls: [], turnSecret: null };
const listening = { port: 3478, hasUdp: true, hasTcp: true };

describe('the servers of a call', () => {
  it('are the own relay, under the host by which the client reached the server', () => {
    const own = { processes: [{ listening }], secret: 'the secret' };
    const { servers, expiresAtMs } = createCallServers(nothing, own).open(request);
    expect(expiresAtMs).toBe(nowMs + 12 * 3_600_000);
    expect(servers).toMatchObject([
      { urls: ['stun:chat.example.org:3478'], username: '', credential: '' },
      { urls: ['turn:chat.example.org:3478?transport=udp', 'turn:chat.example.org:3478?transport=tcp'] },
    ]);
    const { username, credential } = servers[1]!;
    expect(username).toMatch(new RegExp(`^${expiresAtMs / 1000}:[\\w-]{16}:${tag.toString('base64url')}$`));
    expect(username).not.toContain(account);
    expect(credential).toBe(createHmac('sha1', 'the secret').update(username).digest('base64'));
  });

  it('name the host that the configuration says, and only what there is', () => {
    const urls = (callsHost: string | null, own: Partial<typeof listening>) =>
      createCallServers(
        { ...nothing, callsHost },
        { processes: [{ listening: { ...listening, ...own } }], secret: 'the secret' },
      )
        .open(request)
        .servers.flatMap((server) => server.urls);
    expect(urls('calls.example.org', { hasTcp: false })).toEqual([
      'stun:calls.example.org:3478',
      'turn:calls.example.org:3478?transport=udp',
    ]);
    expect(
      createCallServers(nothing, { processes: [{ listening }], secret: 'the secret' }).open({
        ...request,
        host: '[::1]',
      }).servers[0],
    ).toMatchObject({ urls: ['stun:[::1]:3478'] });
    expect(urls('2001:db8::1', { hasUdp: false })).toEqual(['turn:[2001:db8::1]:3478?transport=tcp']);
  });

  it('are of one process for both sides of a call, and of all for many', () => {
    const processes = [3478, 3479, 3480].map((port) => ({ listening: { ...listening, port } }));
    const servers = createCallServers(nothing, { processes, secret: 'the secret' });
    const portOf = (byte: number, accountId = account) =>
      servers.open({ ...request, accountId, relayTag: Buffer.alloc(16, byte) }).servers[0]!.urls[0];
    expect(portOf(4)).toBe(portOf(4, 'b'.repeat(32) as AccountId));
    expect(new Set([1, 2, 3, 4].map((byte) => portOf(byte))).size).toBe(3);
  });

  it('are none where there is no relay, and others by their own secret', () => {
    const none = { processes: [{ listening: null }], secret: 'the secret' };
    const nobody = { servers: [], expiresAtMs: 0 };
    expect(createCallServers(nothing, none).open(request)).toEqual(nobody);
    const own = { processes: [{ listening }], secret: 'the secret' };
    expect(createCallServers(nothing, own).open({ ...request, host: null })).toEqual(nobody);
    const turnUrls = ['stun:turn.example.org', 'turns:turn.example.org:443?transport=tcp'];
    const others = createCallServers(
      { ...nothing, turnUrls, turnSecret: 'shared' },
      { processes: [], secret: '' },
    );
    const { servers } = others.open(request);
    expect(servers).toMatchObject([{ urls: [turnUrls[0]], username: '' }, { urls: [turnUrls[1]] }]);
    const { username, credential } = servers[1]!;
    expect(credential).toBe(createHmac('sha1', 'shared').update(username).digest('base64'));
  });
});

describe('where the relay listens', () => {
  it.each([
    ['127.0.0.1', null, ['127.0.0.1', '::1']],
    ['localhost', 'http://localhost:8080', ['127.0.0.1', '::1']],
    ['::1', 'http://[::1]:8080', ['127.0.0.1', '::1']],
    ['127.0.0.1', 'https://chat.example.org', ['0.0.0.0', '::']],
    ['0.0.0.0', null, ['0.0.0.0', '::']],
    ['::', null, ['0.0.0.0', '::']],
    ['192.0.2.7', 'https://chat.example.org', ['192.0.2.7']],
    ['host.example.org', null, ['0.0.0.0', '::']],
  ])('for a server on %s, reached by %s', (host, origin, addresses) => {
    expect(addressesFor({ host, origin })).toEqual(addresses);
  });
});

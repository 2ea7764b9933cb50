import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CipherContext, DtlsClient as WeriftClient } from 'werift';
import type { MasterKey } from '../srtp/srtpKeys.ts';
import { type SrtpProfile, srtpProfiles } from '../srtp/srtpProfile.ts';
import { DtlsClient, type DtlsClientOptions } from '../testing/seat/dtlsClient.ts';
import { decodeClientHello } from './clientHello.ts';
import { type DtlsEvent, DtlsServer } from './dtlsServer.ts';
import { encodeHandshake, fragmentsOf, HandshakeAssembler } from './handshakeMessages.ts';
import { createDtlsIdentity, fingerprintOf } from './identity.ts';
import type { DirectedKeys } from './keySchedule.ts';
import { prf } from './keySchedule.ts';

const relay = createDtlsIdentity(Date.now());
const ann = createDtlsIdentity(Date.now());
const bob = createDtlsIdentity(Date.now());

interface Connected {
  readonly profile: SrtpProfile;
  readonly keys: DirectedKeys<MasterKey>;
}

/** What arrives in place of a datagram. */
type Network = (bytes: Buffer, to: 'client' | 'server') => readonly Buffer[];

/** Both sides, and a network between them that does with each datagram what `network` says. */
class Handshake {
  nowMs = 0;
  readonly events: DtlsEvent[] = [];
  readonly ended: string[] = [];
  client: DtlsClient;
  server: DtlsServer;
  connected: Connected | null = null;
  readonly #underway: { readonly to: 'client' | 'server'; readonly bytes: Buffer }[] = [];
  readonly #network: Network;

  constructor(options: Partial<DtlsClientOptions> = {}, network: Network = (bytes) => [bytes]) {
    this.#network = network;
    this.server = new DtlsServer({
      identity: relay,
      peerFingerprint: ann.fingerprint,
      send: (bytes) => this.#send('client', bytes),
      told: (event) => this.events.push(event),
    });
    this.client = new DtlsClient({
      identity: ann,
      serverFingerprint: relay.fingerprint,
      send: (bytes) => this.#send('server', bytes),
      connected: (profile, keys) => {
        this.connected = { profile, keys };
      },
      ended: () => this.ended.push('client'),
      ...options,
    });
  }

  get kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** Lets 50 ms pass at a time, and delivers what was sent, for `ms`. */
  run(ms = 0): void {
    for (let end = this.nowMs + ms; ; this.nowMs += 50) {
      this.server.tick(this.nowMs);
      this.client.tick(this.nowMs);
      for (const { to, bytes } of this.#underway.splice(0)) this[to].receive(bytes, this.nowMs);
      if (this.nowMs >= end && this.#underway.length === 0) return;
    }
  }

  start(): void {
    this.client.start(this.nowMs);
  }

  #send(to: 'client' | 'server', bytes: Buffer): void {
    for (const arriving of this.#network(bytes, to))
      this.#underway.push({ to, bytes: Buffer.from(arriving) });
  }
}

describe('the handshake of the media port', () => {
  it('connects, and both have the same keys of the better profile', () => {
    const handshake = new Handshake();
    handshake.start();
    handshake.run();
    expect(handshake.kinds).toEqual(['connected']);
    expect(handshake.connected?.profile.kind).toBe('aeadAes128Gcm');
    expect(handshake.events[0]).toMatchObject(handshake.connected!);
    const older = new Handshake({ profiles: srtpProfiles.filter(({ kind }) => kind === 'aes128CmSha1') });
    older.start();
    older.run();
    expect(older.connected?.profile.kind).toBe('aes128CmSha1');
    expect(older.events[0]).toMatchObject(older.connected!);
  });

  it('says goodbye, and hears it', () => {
    const first = new Handshake();
    first.start();
    first.run();
    first.client.close();
    first.run();
    expect(first.kinds).toEqual(['connected', 'closed']);
    const second = new Handshake();
    second.start();
    second.run();
    second.server.close();
    second.run();
    expect(second.ended).toEqual(['client']);
    expect(second.kinds).toEqual(['connected']);
  });

  it('refuses another certificate than the one that was told', () => {
    const handshake = new Handshake({ identity: bob });
    handshake.start();
    handshake.run();
    expect(handshake.kinds).toEqual(['notThePeer']);
    expect(handshake.connected).toBeNull();
  });

  it("refuses who shows the right certificate without its key: another's, or none of ECDSA", () => {
    const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const signingKey of [bob.privateKey, rsa]) {
      const handshake = new Handshake({ identity: ann, signingKey });
      handshake.start();
      handshake.run();
      expect(handshake.kinds).toEqual(['notThePeer']);
      expect(handshake.connected).toBeNull();
    }
  });

  it('fails where there is no profile in common', () => {
    const handshake = new Handshake({ profiles: [{ ...srtpProfiles[0]!, number: 0x0005 }] });
    handshake.start();
    handshake.run();
    expect(handshake.kinds).toEqual(['failed']);
  });

  it('connects over networks that lose, repeat, reorder and change datagrams', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 9 })), (fates) => {
        const held: Record<'client' | 'server', Buffer[]> = { client: [], server: [] };
        const network: Network = (bytes, to) => {
          const fate = Number(fates.next().value);
          if (fate === 0 || fate === 1) return [];
          if (fate === 2) return [bytes, bytes];
          if (fate === 3) {
            held[to].push(bytes);
            return [];
          }
          return [bytes, ...held[to].splice(0)];
        };
        const handshake = new Handshake({}, network);
        handshake.start();
        handshake.run(60_000);
        expect(handshake.kinds).toEqual(['connected']);
        expect(handshake.connected).not.toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  it('passes over what is no record, or sealed before there are keys, and goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (noise) => {
        const handshake = new Handshake();
        for (const bytes of noise) {
          const sealed = Buffer.from('17fefd0001000000000000', 'hex');
          const record = Buffer.concat([sealed, Buffer.of(0, bytes.length), bytes]);
          expect(handshake.server.receive(record, 0)).toBe(false);
          expect(handshake.server.receive(Buffer.concat([Buffer.of(20, 0), bytes]), 0)).toBe(false);
        }
        handshake.start();
        handshake.run(1000);
        expect(handshake.kinds).toEqual(['connected']);
      }),
      { numRuns: 50 },
    );
  });

  it('never connects, and never throws, where a byte of the handshake was changed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 3 }), fc.integer({ min: 1, max: 255 }), (place, which, change) => {
        let count = 0;
        const network = (bytes: Buffer): readonly Buffer[] => {
          if (count++ !== which) return [bytes];
          const changed = Buffer.from(bytes);
          changed[place % changed.length]! ^= change;
          return [changed];
        };
        const handshake = new Handshake({}, network);
        handshake.start();
        handshake.run(20_000);
        // Only what is repeated anyway, or says nothing, may pass.
        const [event] = handshake.events;
        if (event?.kind === 'connected') expect(handshake.connected?.keys ?? event.keys).toEqual(event.keys);
      }),
      { numRuns: 150 },
    );
  });

  it('is understood by werift, whose keys are the same', async () => {
    const signatureHash = { hash: 4, signature: 3 } as const;
    const made = await CipherContext.createSelfSignedCertificateWithKey(signatureHash);
    const der = Buffer.from(made.certPem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    let receive = (_bytes: Buffer): void => {};
    const events: DtlsEvent[] = [];
    const server = new DtlsServer({
      identity: relay,
      peerFingerprint: fingerprintOf(der),
      send: (bytes) => receive(bytes),
      told: (event) => events.push(event),
    });
    const transport = {
      type: 'test',
      closed: false,
      address: ['', 0] as const,
      onData: (_bytes: Buffer) => {},
      send: async (bytes: Buffer) => {
        server.receive(bytes, 0);
      },
      close: async () => {},
    };
    const client = new WeriftClient({
      cert: made.certPem,
      key: made.keyPem,
      signatureHash,
      transport: transport as never,
      srtpProfiles: [7, 1],
      extendedMasterSecret: true,
    });
    receive = (bytes) => queueMicrotask(() => transport.onData(bytes));
    const connected = new Promise((resolve) => client.onConnect.once(() => resolve(undefined)));
    await client.connect();
    await connected;
    const { localKey, localSalt, remoteKey, remoteSalt } = client.extractSessionKeys(16, 12);
    expect(events).toMatchObject([
      {
        kind: 'connected',
        keys: { client: { key: localKey, salt: localSalt }, server: { key: remoteKey, salt: remoteSalt } },
      },
    ]);
    expect(fingerprintOf(client.remoteCertificate!)).toEqual(relay.fingerprint);
  });
});

describe('messages of a handshake', () => {
  it('are put together from fragments in any order', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        bodies,
        fc.integer({ min: 1, max: 1000 }),
        fc.infiniteStream(fc.nat()),
        (list, size, order) => {
          const wholes = list.map((body, i) => encodeHandshake(i, i, body));
          const fragments = wholes.flatMap((whole) => fragmentsOf(whole, Math.max(size, 20)));
          const assembler = new HandshakeAssembler();
          const got: Buffer[] = [];
          while (fragments.length > 0) {
            const [fragment] = fragments.splice(order.next().value % fragments.length, 1);
            expect(assembler.push(fragment!)).toBe('taken');
            for (let next = assembler.shift(); next !== null; next = assembler.shift()) got.push(next.whole);
            expect(assembler.push(fragment!)).toBe('repeated');
          }
          expect(got).toEqual(wholes);
        },
      ),
    );
  });

  it('are not kept after the last one', () => {
    const assembler = new HandshakeAssembler();
    const first = encodeHandshake(1, 0, Buffer.alloc(10));
    expect(assembler.push(first)).toBe('taken');
    expect(assembler.shift()?.whole).toEqual(first);
    assembler.end();
    expect(assembler.push(encodeHandshake(1, 1, Buffer.alloc(10)))).toBeNull();
    expect(assembler.shift()).toBeNull();
    expect(assembler.push(first)).toBe('repeated');
  });

  it('are refused where they are too long, too far ahead, or contradict themselves', () => {
    const assembler = new HandshakeAssembler();
    expect(assembler.push(encodeHandshake(1, 7, Buffer.alloc(1)))).toBeNull();
    expect(assembler.push(encodeHandshake(1, 0, Buffer.alloc(8193)))).toBeNull();
    expect(assembler.push(Buffer.alloc(11))).toBeNull();
    expect(assembler.push(Buffer.alloc(0))).toBeNull();
    const [first, second] = fragmentsOf(encodeHandshake(1, 0, randomBytes(100)), 50);
    expect(assembler.push(first!)).toBe('taken');
    const other = Buffer.from(second!);
    other[0] = 2;
    expect(assembler.push(other)).toBeNull();
    expect(assembler.push(second!)).toBe('taken');
    expect(assembler.shift()?.body).toHaveLength(100);
  });

  it('of clients are refused where they are cut anywhere', () => {
    let hello: Buffer | null = null;
    const client = new DtlsClient({
      identity: ann,
      serverFingerprint: relay.fingerprint,
      send: (bytes) => {
        hello = Buffer.from(bytes.subarray(13 + 12));
      },
      connected: () => {},
      ended: () => {},
    });
    client.start(0);
    const body = hello!;
    expect(decodeClientHello(body)).toMatchObject({ speaksOurs: true, srtpProfiles: [7, 1] });
    for (let i = 0; i < (body as Buffer).length; i++)
      expect(decodeClientHello((body as Buffer).subarray(0, i))).toBeNull();
  });

  it('are made with the pseudo-random function of TLS 1.2', () => {
    // A published vector of P_SHA256.
    const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
    const secret = hex('9bbe436ba940f017b17652849a71db35');
    const seed = hex('a0ba9f936cda311827a6f796ffd5198c');
    expect(prf(secret, 'test label', seed, 100)).toEqual(
      hex(`e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af
        0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
        87347b66`),
    );
  });
});

// Matrix's Megolm (WASM) for a 100-byte message, in a worker: microseconds to encrypt and to decrypt.
import {
  DecryptionSettings,
  DeviceId,
  EncryptionSettings,
  initAsync,
  OlmMachine,
  RoomId,
  TrustRequirement,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm';

export default async function megolm(work: { rounds: number; messages: number }) {
  await initAsync();
  const user = new UserId('@sender:example.org');
  const machine = await OlmMachine.initialize(user, new DeviceId('DEVICE'));
  const room = '!room:example.org';
  const encryption = new EncryptionSettings();
  // By default a session ends after 100 messages.
  encryption.rotationPeriodMessages = 1_000_000n;
  await machine.shareRoomKey(new RoomId(room), [], encryption);
  const content = JSON.stringify({ msgtype: 'm.text', body: 'x'.repeat(100) });
  const settings = new DecryptionSettings(TrustRequirement.Untrusted);
  const encrypt: number[] = [];
  const decrypt: number[] = [];
  const perRound = Math.ceil(work.messages / work.rounds);
  let count = 0;
  for (let round = 0; round <= work.rounds; round++) {
    const events: string[] = [];
    let startMs = performance.now();
    for (let i = 0; i < perRound; i++) {
      const encrypted = await machine.encryptRoomEvent(new RoomId(room), 'm.room.message', content);
      events.push(
        JSON.stringify({
          type: 'm.room.encrypted',
          event_id: `$event${count++}:example.org`,
          sender: '@sender:example.org',
          room_id: room,
          origin_server_ts: count,
          content: JSON.parse(encrypted),
        }),
      );
    }
    const encryptTime = performance.now() - startMs;
    startMs = performance.now();
    for (const event of events) await machine.decryptRoomEvent(event, new RoomId(room), settings);
    const decryptTime = performance.now() - startMs;
    // The first round warms up.
    if (round === 0) continue;
    encrypt.push((encryptTime * 1000) / perRound);
    decrypt.push((decryptTime * 1000) / perRound);
  }
  return { protect: Math.min(...encrypt), unprotect: Math.min(...decrypt) };
}

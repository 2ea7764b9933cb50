// libsignal's sender keys (group messages) for a 100-byte message: prints microseconds to encrypt and to decrypt.
import * as signal from '@signalapp/libsignal-client';

class MemorySenderKeyStore extends signal.SenderKeyStore {
  private readonly records = new Map<string, signal.SenderKeyRecord>();
  override async saveSenderKey(sender: signal.ProtocolAddress, id: string, record: signal.SenderKeyRecord) {
    this.records.set(`${sender.name()}.${id}`, record);
  }
  override async getSenderKey(sender: signal.ProtocolAddress, id: string) {
    return this.records.get(`${sender.name()}.${id}`) ?? null;
  }
}

const rounds = Number(process.argv[2] ?? 5);
const count = Number(process.argv[3] ?? 1000);
const distributionId = 'd1d1d1d1-7000-11eb-b32a-33b8a8a487a6';
const sender = signal.ProtocolAddress.new('sender', 1);
const senderStore = new MemorySenderKeyStore();
const receiverStore = new MemorySenderKeyStore();
const distribution = await signal.SenderKeyDistributionMessage.create(sender, distributionId, senderStore);
await signal.processSenderKeyDistributionMessage(sender, distribution, receiverStore);
const data = crypto.getRandomValues(new Uint8Array(100));

async function timeEach(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < count; i++) await run();
  return ((performance.now() - startMs) * 1000) / count;
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const encrypt: number[] = [];
const decrypt: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const messages: Uint8Array<ArrayBuffer>[] = [];
  const encryptTime = await timeEach(async () => {
    const message = await signal.groupEncrypt(sender, distributionId, senderStore, data);
    messages.push(message.serialize());
  });
  let next = 0;
  const decryptTime = await timeEach(() => signal.groupDecrypt(sender, receiverStore, messages[next++]!));
  if (round === 0) continue;
  encrypt.push(encryptTime);
  decrypt.push(decryptTime);
}
console.log(JSON.stringify({ protect: median(encrypt), unprotect: median(decrypt) }));

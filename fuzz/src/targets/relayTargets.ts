/** The relay of calls without its sockets: what strangers and clients send it, and streams cut anywhere. */
import { channelData, MessageSplitter, sendIndication, type TestPath, TestTurn } from '@sotto/relay/testing';
import type { Target } from '../target.ts';

/** The longest answer to who has no allocation. */
const mostAnswerBytes = 80;
const foreignTag = 2;

/** Limits off, so that every input is looked at. */
const unlimited = { burst: 1e9, perSecond: 1e9 };
const limits = { requestsPerSource: unlimited, requestsPerAllocation: unlimited, bytesPerSecond: 1e12 };

export async function relayTargets(): Promise<Target[]> {
  const turn = new TestTurn(limits);
  const ann = recorded(turn, 'ann', 1);
  const bob = recorded(turn, 'bob', 1);
  const eve = recorded(turn, 'eve', foreignTag);
  const [annAt, bobAt, eveAt] = [
    await ann.client.allocate(),
    await bob.client.allocate(),
    await eve.client.allocate(),
  ];
  for (const { client } of [ann, bob, eve]) {
    await client.permit(annAt, bobAt, eveAt);
    for (const [i, at] of [annAt, bobAt, eveAt].entries()) await client.bind(0x4000 + i, at);
  }
  const data = [channelData(0x4001, Buffer.alloc(300, 1)), sendIndication(bobAt, Buffer.alloc(20, 2))];
  const samples = [
    ...ann.requests,
    ...data,
    channelData(0x4002, Buffer.alloc(9)),
    sendIndication(eveAt, data[0]!),
  ];
  const nothingAt = ({ sent }: TestPath, who: string) => {
    if (sent.length > 0) throw new Error(`something reached ${who}`);
  };
  return [
    {
      name: 'relay.stranger',
      samples,
      run: (bytes) => {
        const stranger = turn.path();
        turn.server.receive(stranger, Buffer.from(bytes));
        for (const path of [ann.path, bob.path, eve.path]) nothingAt(path, 'a client');
        const [first, ...more] = stranger.sent;
        if (more.length > 0 || (first?.length ?? 0) > mostAnswerBytes) throw new Error('answered at length');
      },
    },
    {
      name: 'relay.client',
      samples,
      run: async (bytes) => {
        turn.server.receive(ann.path, Buffer.from(bytes));
        nothingAt(eve.path, 'another call');
        for (const path of [ann.path, bob.path]) path.sent.length = 0;
        if (ann.path.allocation === null) await ann.client.allocate();
      },
    },
    {
      name: 'relay.stream',
      samples: [Buffer.concat(samples.filter(({ length }) => length % 4 === 0)), ...samples],
      run: (bytes) => {
        const whole = messagesOf([bytes]);
        const cut = messagesOf([...bytes].map((byte) => Uint8Array.of(byte)));
        if (!Buffer.from(whole).equals(cut)) throw new Error('a stream means something else when it is cut');
      },
    },
  ];
}

/** A client whose requests are kept. */
function recorded(turn: TestTurn, owner: string, tag: number) {
  const path = turn.path();
  const requests: Buffer[] = [];
  const client = turn.client({ path, owner, tag, sending: (request) => requests.push(Buffer.from(request)) });
  return { path, client, requests };
}

/** What a splitter hands on of these chunks. */
function messagesOf(chunks: readonly Uint8Array[]): Buffer {
  const splitter = new MessageSplitter();
  const messages: Buffer[] = [];
  for (const chunk of chunks) {
    if (!splitter.push(Buffer.from(chunk), (message) => messages.push(Buffer.from(message)))) break;
  }
  return Buffer.concat(messages);
}

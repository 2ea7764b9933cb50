import { describe, expect, it } from 'vitest';
import { ReceivedStream } from './receivedStream.ts';

describe('a received stream', () => {
  it('asks for what is missing, again after a while, and not for ever', () => {
    const stream = new ReceivedStream(5);
    for (const sequence of [65_534, 65_535, 2, 3]) stream.take(sequence, 0);
    expect(stream.due(0)).toEqual([0, 1]);
    expect(stream.due(1)).toEqual([]);
    stream.take(1, 2);
    expect(stream.due(100)).toEqual([0]);
    expect([stream.due(200), stream.due(300), stream.due(400)]).toEqual([[0], [0], []]);
    expect(stream.missingPackets).toBe(0);
  });

  it('takes a far jump for another beginning', () => {
    const stream = new ReceivedStream(5);
    for (const sequence of [1, 5000]) stream.take(sequence, 0);
    expect(stream.missingPackets).toBe(0);
  });

  it('reports what was lost since the last report, and in all', () => {
    const stream = new ReceivedStream(5);
    for (let sequence = 0; sequence < 100; sequence++) if (sequence % 4 !== 1) stream.take(sequence, 0);
    stream.takeSenderReport(0xabcd, 1000);
    expect(stream.report(1500)).toEqual({
      ssrc: 5,
      fractionLost: 64,
      lost: 25,
      highestSequence: 99,
      jitter: 0,
      lastReport: 0xabcd,
      sinceLastReport: 32_768,
    });
    stream.take(100, 0);
    expect(stream.report(1500)).toMatchObject({ fractionLost: 0, lost: 25, highestSequence: 100 });
  });
});

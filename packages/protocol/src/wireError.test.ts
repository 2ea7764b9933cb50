import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { actionOf, decodeWireError, ErrorSchema } from './index.ts';

const overTheWire = (code: string, epoch = 0n) =>
  decodeWireError(fromBinary(ErrorSchema, toBinary(ErrorSchema, create(ErrorSchema, { code, epoch }))));

describe('decodeWireError', () => {
  it('keeps a declared code with what belongs to it', () => {
    expect(overTheWire('stale_epoch', 7n)).toMatchObject({ code: 'stale_epoch', epoch: 7n });
    expect(actionOf(overTheWire('stale_epoch'))).toBe('resync');
  });

  it('believes no wait that would keep a client silent for long', () => {
    const wire = create(ErrorSchema, { code: 'rate_limited', retryAfterMs: 0xffff_ffff });
    expect(decodeWireError(wire).retryAfterMs).toBe(3_600_000);
  });

  it.each(['', 'toString', '__proto__', 'made_up_later'])(
    'takes the unknown code %j as worth a retry',
    (code) => {
      expect(actionOf(overTheWire(code))).toBe('retry');
    },
  );
});

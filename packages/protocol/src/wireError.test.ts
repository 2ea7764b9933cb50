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

  it.each(['', 'toString', '__proto__', 'made_up_later'])(
    'takes the unknown code %j as worth a retry',
    (code) => {
      expect(actionOf(overTheWire(code))).toBe('retry');
    },
  );
});

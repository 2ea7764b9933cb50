import { describe, expect, it } from 'vitest';
import { checkBlindness } from './checkBlindness.ts';

describe('checkBlindness', () => {
  const encoder = new TextEncoder();
  const secret = { name: 'a text', bytes: encoder.encode('quince jelly at noon') };
  const surrounded = (middle: string | Uint8Array) => {
    const inner = typeof middle === 'string' ? encoder.encode(middle) : middle;
    const bytes = crypto.getRandomValues(new Uint8Array(inner.length + 2000));
    bytes.set(inner, 1001);
    return [{ name: 'database', bytes }];
  };

  it.each([
    ['as it is', secret.bytes],
    ['in hexadecimal', secret.bytes.toHex()],
    ['in capital hexadecimal', secret.bytes.toHex().toUpperCase()],
    ['in base64', secret.bytes.toBase64()],
    ['in base64, one byte on', encoder.encode('xquince jelly at noon').toBase64()],
    [
      'in base64url, two bytes on',
      encoder.encode('xyquince jelly at noonz').toBase64({ alphabet: 'base64url' }),
    ],
  ])('finds a secret %s', (_name, middle) => {
    expect(checkBlindness([secret], surrounded(middle))).toMatchObject([
      { kind: 'leaked', where: 'database' },
    ]);
  });

  it('finds nothing in what does not hold it', () => {
    expect(checkBlindness([secret], surrounded('quince jelly at ten'))).toEqual([]);
  });

  it('finds a secret at the very end', () => {
    expect(checkBlindness([secret], [{ name: 'frame', bytes: secret.bytes }])).toHaveLength(1);
  });
});

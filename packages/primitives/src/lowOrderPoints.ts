/**
 * The encodings of points of low order on both forms of Curve25519, canonical and not, with the top bit (which
 * X25519 ignores and Ed25519 uses for a sign) cleared. Public values: the comparison need not be constant time.
 */
const pointSize = 32;

function fieldElements(...hex: readonly string[]): readonly Uint8Array[] {
  return hex.map((element) =>
    Uint8Array.from(element.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
  );
}

/** 0, 1, p-1, p and p+1. */
const common = [
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];

const montgomery = fieldElements(
  ...common,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
);

const edwards = fieldElements(
  ...common,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
);

/** Which last bytes the points have: nearly every key is told from all of them by its own. */
function lastBytes(points: readonly Uint8Array[]): readonly boolean[] {
  const found = new Array<boolean>(0x80).fill(false);
  for (const point of points) found[point[pointSize - 1]!] = true;
  return found;
}

const montgomeryEnds = lastBytes(montgomery);
const edwardsEnds = lastBytes(edwards);

function isAmong(points: readonly Uint8Array[], ends: readonly boolean[], bytes: Uint8Array): boolean {
  const last = bytes[pointSize - 1]! & 0x7f;
  if (!ends[last]) return false;
  return points.some((point) => {
    if (point[pointSize - 1] !== last) return false;
    for (let i = 0; i < pointSize - 1; i++) if (point[i] !== bytes[i]) return false;
    return true;
  });
}

/** For the first 32 bytes, as a u-coordinate (RFC 7748). */
export function isLowOrderMontgomery(bytes: Uint8Array): boolean {
  return isAmong(montgomery, montgomeryEnds, bytes);
}

/** For the first 32 bytes, as a point of edwards25519 (RFC 8032 §5.1.2). */
export function isLowOrderEdwards(bytes: Uint8Array): boolean {
  return isAmong(edwards, edwardsEnds, bytes);
}

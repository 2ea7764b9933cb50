/**
 * True where both arrays hold the same bytes. Takes time that depends on the lengths alone (as far as a
 * JavaScript engine lets one promise that), so it may compare secrets and authentication tags.
 */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!;
  return difference === 0;
}

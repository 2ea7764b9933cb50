/** Small choices of this browser. Where storage is closed to the page they last as long as the page. */
const session = new Map<string, string>();

export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`sotto.${key}`) ?? session.get(key) ?? null;
  } catch {
    return session.get(key) ?? null;
  }
}

export function writeStored(key: string, value: string): void {
  session.set(key, value);
  try {
    localStorage.setItem(`sotto.${key}`, value);
  } catch {
    // Kept for this page only.
  }
}

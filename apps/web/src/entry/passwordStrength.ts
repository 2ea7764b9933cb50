/** How hard a password is to guess, by zxcvbn. The lists it needs are large: loaded when first asked for. */
type Check = (password: string, username: string) => number;

let loading: Promise<Check> | null = null;

async function load(): Promise<Check> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const factory = new ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
  return (password, username) => factory.check(password.slice(0, 128), ['sotto', username]).score;
}

/** 0 (guessed at once) to 4. From `strongEnough` on a password is accepted. Null where the lists do not load. */
export async function passwordStrength(password: string, username: string): Promise<number | null> {
  loading ??= load();
  try {
    return (await loading)(password, username);
  } catch {
    loading = null;
    return null;
  }
}

export const strongEnough = 3;

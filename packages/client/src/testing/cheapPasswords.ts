const keyStretching = { 'argon2id-custom': { iterations: 1, memory: 8, parallelism: 1 } } as const;

/** What of the OPAQUE library stretches passwords. */
interface OpaqueLibrary {
  readonly client: {
    finishRegistration(params: object): unknown;
    finishLogin(params: object): unknown;
  };
}

/**
 * The OPAQUE library with next to no stretching, for tests that open an account many times:
 * `vi.mock('@serenity-kit/opaque', async (load) => (await import('…/cheapPasswords.ts')).cheapen(await load()))`.
 */
export function cheapen(real: OpaqueLibrary): OpaqueLibrary {
  const { client } = real;
  return {
    ...real,
    client: {
      ...client,
      finishRegistration: (params) => client.finishRegistration({ ...params, keyStretching }),
      finishLogin: (params) => client.finishLogin({ ...params, keyStretching }),
    },
  };
}

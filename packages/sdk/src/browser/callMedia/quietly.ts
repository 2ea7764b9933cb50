/** For what is said to an engine that may have stopped: then it is in no call any more, and has nobody to tell. */
export async function quietly(said: Promise<unknown>): Promise<void> {
  await said.catch(() => undefined);
}

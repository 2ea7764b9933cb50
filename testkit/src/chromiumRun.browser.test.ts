import { describe, expect, it } from 'vitest';
import { runInChromium } from './chromiumRun.ts';

const entry = new URL('./chromiumRunFixture.ts', import.meta.url);

describe.each(['page', 'worker'] as const)('a module in a %s', (context) => {
  it('runs in a secure context, with its input', async () => {
    const inWorker = context === 'worker';
    expect(await runInChromium({ entry, context, input: { value: 7 } })).toEqual({
      inWorker,
      secure: true,
      value: 7,
    });
    expect(await runInChromium({ entry, context })).toEqual({ inWorker, secure: true, value: null });
  });

  it('fails with its own message', async () => {
    const run = runInChromium({ entry, context, input: { fail: 'as asked' } });
    await expect(run).rejects.toThrow('as asked');
  });
});

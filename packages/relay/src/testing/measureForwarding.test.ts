import { describe, expect, it } from 'vitest';
import { measureForwarding } from './measureForwarding.ts';

describe('measuring what forwarding costs', () => {
  it('ends with an error where the relay, or what it is compared to, dies', async () => {
    const kill = (processId: number): void => void process.kill(processId, 'SIGKILL');
    await expect(measureForwarding({ readings: 1000, began: kill })).rejects.toThrow('The relay ended');
    let processes = 0;
    const killSecond = (processId: number): void => {
      processes += 1;
      if (processes === 2) kill(processId);
    };
    await expect(measureForwarding({ readings: 1, began: killSecond })).rejects.toThrow(
      'What forwards ended',
    );
  });
});

import { readFileSync } from 'node:fs';

/** Clock ticks of Linux, by which it counts for everybody alike. */
const tickMs = 10;

/** Milliseconds that a process of this machine has had a processor, with all its threads (Linux). */
export function processorMsOf(pid: number): number {
  // After the name, which may have spaces: utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

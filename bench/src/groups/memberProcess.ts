import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AccountId } from '@sotto/protocol';

export type MemberCommand =
  | { readonly kind: 'create'; readonly memberIds: readonly AccountId[] }
  | { readonly kind: 'add' | 'remove'; readonly accountId: AccountId }
  | { readonly kind: 'post'; readonly text: string };
/** Times by the machine's clock, in milliseconds. */
export type MemberEvent =
  | { readonly kind: 'online'; readonly accountId: AccountId }
  /** The command was taken: it was asked for at `startMs`. */
  | { readonly kind: 'begun'; readonly startMs: number }
  /** The list shows the group, joined, with so many members. */
  | { readonly kind: 'group'; readonly members: number; readonly atMs: number }
  /** The thread shows this text. */
  | { readonly kind: 'shown'; readonly text: string; readonly atMs: number };

/** A member with the whole SDK, in a process of its own. */
export interface MemberProcess {
  readonly accountId: AccountId;
  /** When it was begun. */
  command(command: MemberCommand): Promise<number>;
  /** When the list showed so many members. To be asked for before it can happen. */
  showsMembers(members: number): Promise<number>;
  showsText(text: string): Promise<number>;
  stop(): Promise<void>;
}

const module = fileURLToPath(new URL('./runMember.ts', import.meta.url));

export async function startMember(
  server: string,
  dataFolder: string,
  username: string,
): Promise<MemberProcess> {
  const child = spawn(process.execPath, [module, server, dataFolder, username], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  function next<Kind extends MemberEvent['kind']>(
    kind: Kind,
    fits: (event: Extract<MemberEvent, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<MemberEvent, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('A member under measurement ended.'));
      const look = (event: MemberEvent) => {
        if (event.kind !== kind || !fits(event as Extract<MemberEvent, { kind: Kind }>)) return;
        child.off('exit', ended);
        child.off('message', look);
        resolve(event as Extract<MemberEvent, { kind: Kind }>);
      };
      child.once('exit', ended);
      child.on('message', look);
    });
  }
  const { accountId } = await next('online');
  return {
    accountId,
    async command(command) {
      const begun = next('begun');
      child.send(command);
      return (await begun).startMs;
    },
    showsMembers: async (members) => (await next('group', (event) => event.members === members)).atMs,
    showsText: async (text) => (await next('shown', (event) => event.text === text)).atMs,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * A member with the SDK as it is used, in a process of its own: makes and changes the group, posts, and says when its
 * views show what. Times are of the machine's clock, the same in all processes.
 */
import { resultOf, until } from '@sotto/sdk';
import { openSotto } from '@sotto/sdk/node';
import type { MemberCommand, MemberEvent } from './memberProcess.ts';

const [server, dataFolder, username] = process.argv.slice(2) as [string, string, string];
const nowMs = () => performance.timeOrigin + performance.now();
const tell = (event: MemberEvent) => process.send?.(event);

const sotto = await openSotto({ server, dataFolder });
resultOf(await sotto.register({ username, password: 'ample copper window quilt river' }));
const session = await until(sotto, { kind: 'session' }, ({ kind }) => kind === 'signedIn');
if (session.kind !== 'signedIn') throw new Error('Not signed in.');
await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');

let group: Parameters<typeof sotto.sendText>[0] | null = null;
let shown = { members: 0, isReady: false };
sotto.watch({ kind: 'conversations' }, ([first]) => {
  if (first === undefined) return;
  const isReady = first.state === 'ready';
  const isNew = isReady !== shown.isReady || first.memberCount !== shown.members;
  shown = { members: first.memberCount, isReady };
  if (isNew && isReady) tell({ kind: 'group', members: first.memberCount, atMs: nowMs() });
  if (group !== null) return;
  group = first.conversationId;
  sotto.watch({ kind: 'messages', conversationId: group }, ({ changed }) => {
    for (const { body } of changed) {
      if (body.kind === 'text') tell({ kind: 'shown', text: body.text, atMs: nowMs() });
    }
  });
});

process.on('message', async (command: MemberCommand) => {
  const startMs = nowMs();
  switch (command.kind) {
    case 'create':
      resultOf(
        await sotto.createGroup({
          name: 'Everybody',
          photo: new Uint8Array(0),
          description: '',
          memberIds: command.memberIds,
          sharesHistory: false,
        }),
      );
      break;
    case 'add':
      resultOf(await sotto.addMembers(group!, [command.accountId]));
      break;
    case 'remove':
      resultOf(await sotto.removeMember(group!, command.accountId));
      break;
    case 'post':
      resultOf(await sotto.sendText(group!, command.text));
      break;
  }
  tell({ kind: 'begun', startMs });
});
process.on('disconnect', () => process.exit(0));
tell({ kind: 'online', accountId: session.accountId });

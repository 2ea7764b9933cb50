/**
 * Signs in (the first time: registers), says hello to somebody and prints what they answer.
 *
 *     node examples/hello.ts http://localhost:8080 mira 'a long password' tomas 'Hello'
 */
import { resultOf, until } from '@sotto/sdk';
import { openSotto } from '@sotto/sdk/node';

const [server = '', username = '', password = '', peer = '', text = 'Hello'] = process.argv.slice(2);
const sotto = await openSotto({ server, dataFolder: `data/${username}` });
const session = await until(sotto, { kind: 'session' }, ({ kind }) => kind !== 'starting');
if (session.kind === 'signedOut') {
  const signedIn = await sotto.signIn({ username, password });
  if (signedIn.kind === 'problem') resultOf(await sotto.register({ username, password }));
}
await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
const { accountId } = resultOf(await sotto.findAccount(peer));
const conversationId = resultOf(await sotto.openDirectConversation(accountId));
sotto.watch({ kind: 'messages', conversationId }, ({ changed }) => {
  for (const { mine, body } of changed)
    if (!mine && body.kind === 'text') console.log(`${peer}: ${body.text}`);
});
resultOf(await sotto.sendText(conversationId, text));

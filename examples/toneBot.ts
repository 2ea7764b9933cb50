/**
 * A bot that answers every call: with a tone, and with a test pattern where the call has video. It prints what it hears. Calls in
 * Node need two more packages: `npm install werift libopus-wasm`.
 *
 *     node examples/toneBot.ts http://localhost:8080 tone 'a long password'
 */
import { resultOf, until } from '@sotto/sdk';
import { openSotto } from '@sotto/sdk/node';
import { createNodeCalls } from '@sotto/sdk/node/calls';

const [server = '', username = '', password = ''] = process.argv.slice(2);
const sotto = await openSotto({ server, dataFolder: `data/${username}` });
const session = await until(sotto, { kind: 'session' }, ({ kind }) => kind !== 'starting');
if (session.kind === 'signedOut') {
  const signedIn = await sotto.signIn({ username, password });
  if (signedIn.kind === 'problem') resultOf(await sotto.register({ username, password }));
}
await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
const calls = createNodeCalls(sotto, { answers: () => true, toneHz: 440 });
calls.onCall((call) => {
  call.watch(({ phase, code }) => {
    const { received, toneHz } = call.statistics();
    const heard = `${received.audio.frames} frames of sound, ${received.video.frames} pictures, tone: ${toneHz ?? 'none'}`;
    console.log(`${phase.kind}, code ${code ?? 'not there yet'}; ${heard}`);
  });
});
console.log(`${username} answers calls.`);

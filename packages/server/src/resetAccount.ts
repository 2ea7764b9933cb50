/** `npm run reset-account -- <username>`: asks the running server for a link to start an account over (docs/operating.md). */
import { connect } from 'node:net';
import { readConfig } from './config.ts';
import { operatorSocketPath } from './operator/operatorSocket.ts';

const read = readConfig(process.env);
if (read.kind === 'invalid') fail(read.sentence);
const { dataFolder } = read.config;
const [username] = process.argv.slice(2);
if (username === undefined) fail('Say whose: npm run reset-account -- <username>');

const socket = connect(operatorSocketPath(dataFolder));
let text = '';
socket.setEncoding('utf8');
socket.on('error', () => {
  fail(`No server is running on ${dataFolder}. Start it first, with the same SOTTO_DATA, as the same user.`);
});
socket.on('data', (part) => {
  text += part;
});
socket.on('end', () => {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) fail('The server gave no answer.');
  if ('sentence' in answer) fail(String(answer.sentence));
  if (!('link' in answer)) fail('The server gave no answer.');
  process.stdout.write(
    `Give this link to @${username}, once you know that it is really them. It works once, within a day:\n${String(answer.link)}\n`,
  );
});
socket.write(`${JSON.stringify({ reset: username })}\n`);

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

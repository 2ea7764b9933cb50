/**
 * The operator's way to a running server (docs/operating.md): a socket in the data folder, which only who may write
 * there can reach. One line of JSON in, one line out.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { normalizeUsername } from '@sotto/protocol';
import type { DeliveryService } from '../deliveryService.ts';
import type { Logger } from '../ports.ts';
import { resetLink } from './resetLink.ts';

const maxRequestLength = 1000;

type OperatorAnswer =
  | { readonly kind: 'link'; readonly link: string }
  | { readonly kind: 'refused'; readonly sentence: string };

/** Where it is; on Windows a pipe, which has no place in a folder. */
export function operatorSocketPath(dataFolder: string): string {
  if (process.platform !== 'win32') return join(dataFolder, 'operator.sock');
  return `\\\\.\\pipe\\sotto-${Buffer.from(dataFolder).toString('hex').slice(-80)}`;
}

/** Listens until closed. Without it (a path that is too long, say) the server runs all the same. */
export function listenForOperator(
  service: DeliveryService,
  { dataFolder, address, logger }: { dataFolder: string; address: string; logger: Logger },
): { close(): void } {
  const path = operatorSocketPath(dataFolder);
  // Left by a process that was killed: the database's lock says that none is running now.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server: Server = createServer((socket) => {
    answerOne(socket, (line) => answer(service, address, line));
  });
  server.on('error', () => logger.warn('no operator commands: the socket cannot be made'));
  server.listen(path);
  server.unref();
  return { close: () => server.close() };
}

function answerOne(socket: Socket, respond: (line: string) => Promise<OperatorAnswer>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (part) => {
    text += part;
    if (text.length > maxRequestLength) return void socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0) return;
    const line = text.slice(0, end);
    text = '';
    respond(line).then(
      (given) => socket.end(`${JSON.stringify(given)}\n`),
      () => socket.destroy(),
    );
  });
}

async function answer(service: DeliveryService, address: string, line: string): Promise<OperatorAnswer> {
  const username = normalizeUsername(usernameOf(line));
  if (username === null) return refused('That is not a possible username.');
  const token = await service.permitReset(username);
  if (token === null) return refused(`There is no account @${username} on this server.`);
  return { kind: 'link', link: resetLink(address, token) };
}

function usernameOf(line: string): string {
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request !== 'object' || request === null || !('reset' in request)) return '';
    return typeof request.reset === 'string' ? request.reset : '';
  } catch {
    return '';
  }
}

function refused(sentence: string): OperatorAnswer {
  return { kind: 'refused', sentence };
}

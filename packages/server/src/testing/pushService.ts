/** For tests: a push service on this machine, over HTTPS with a certificate for `push.test` that nobody else trusts. */
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';

export interface PushService {
  /** Leads every name to this service. */
  readonly agent: Agent;
  readonly taken: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly size: number }[];
  /** What the next pushes are answered with. */
  status: number;
  /** Takes pushes and answers none. */
  isSilent: boolean;
  stop(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
  const taken: PushService['taken'] = [];
  const server = createServer({ key, cert: certificate }, (request, response) => {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on('end', () => {
      taken.push({ path: request.url ?? '', headers: request.headers, size });
      if (!service.isSilent) response.writeHead(service.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lookup: LookupFunction = (_host, options, done) =>
    options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const agent = new Agent({ lookup, ca: certificate });
  // Endpoints have no port of their own.
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => connect({ ...options, port }, done);
  const service: PushService = {
    agent,
    taken,
    status: 201,
    isSilent: false,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return service;
}

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUvxFtsVuxm8PebzF
5X9gkfa7HRfswrNPs5lYcRyR/AmhRANCAAQLVGG1yVqlkE8DyY3dAKh4ptY5rll6
ODZz08+UxA0QqjGNaEKR7CNBTk8Fn/yXt/2zT0lsPCQxVrOnbelxK6BU
-----END PRIVATE KEY-----
`;

const certificate = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUfTktuALAUd44I2CeRkyZCFWkSSkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJcHVzaC50ZXN0MCAXDTI2MTEyMzE2MjYxNFoYDzIxMjYxMDMw
MTYyNjE0WjAUMRIwEAYDVQQDDAlwdXNoLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQLVGG1yVqlkE8DyY3dAKh4ptY5rll6ODZz08+UxA0QqjGNaEKR7CNB
Tk8Fn/yXt/2zT0lsPCQxVrOnbelxK6BUo2kwZzAdBgNVHQ4EFgQUmBXUY6IWECFt
jr7QjU1GEvxnI6kwHwYDVR0jBBgwFoAUmBXUY6IWECFtjr7QjU1GEvxnI6kwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglwdXNoLnRlc3QwCgYIKoZIzj0EAwID
SAAwRQIhAIUl7lSN0nvFAmLIjW8xXbuXyygMOETgODoeOyp3/fEWAiBYvRL1tD5y
JYwcZa4skOFGIU11+brXPU/eFeDtu1WgeQ==
-----END CERTIFICATE-----
`;

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '#sandbox/egress/authority.ts';

/** Git's own server over HTTPS for any host name, with one repository that everybody may push to. */
export async function openGitOrigin() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-git-'));
  const shop = join(folder, 'acme', 'shop.git');
  const git = (...args: string[]) => execFileSync('git', args, { stdio: 'pipe' }).toString().trim();
  git('init', '-q', '--bare', '-b', 'main', shop);
  git('-C', shop, 'config', 'http.receivepack', 'true');
  const tree = git('-C', shop, 'mktree', '--missing');
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  const commit = git('-C', shop, ...author, 'commit-tree', '-m', 'first', tree);
  git('-C', shop, 'update-ref', 'refs/heads/main', commit);
  const authority = createAuthority(Date.now());
  const seen: string[] = [];
  const server = createServer(
    { SNICallback: (name, done) => done(null, authority.contextFor(name)) },
    (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      serve(folder, request, response);
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate: authority.certificate,
    seen,
    commit,
    refs: () => git('-C', shop, 'for-each-ref', '--format=%(refname)').split('\n'),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

/** As a web server runs a CGI program (RFC 3875). */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  const parts: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
  child.stdout.on('end', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const head = all.toString('latin1', 0, end).split('\r\n');
    const headers = head.map((line) => line.split(/: (.*)/s, 2) as [string, string]);
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), headers.flat());
    response.end(all.subarray(end + 4));
  });
}

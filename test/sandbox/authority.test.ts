// Our own encoding of certificates, held to readers that are not ours.
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority } from '#sandbox/egress/authority.ts';

const exec = promisify(execFile);
const authority = createAuthority(Date.now());
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-authority-'));
  await writeFile(join(folder, 'root.pem'), authority.certificate);
  await writeFile(join(folder, 'other.pem'), createAuthority(Date.now()).certificate);
  server = createServer(
    { SNICallback: (_name, done) => done(null, authority.contextFor('allowed.test')) },
    (socket) => socket.on('error', () => undefined).end('hello\n'),
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** What OpenSSL says of a handshake, with every check of RFC 5280 on. */
async function handshake(root: string, host: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const { stdout } = await exec('openssl', [
    ...['s_client', '-connect', `127.0.0.1:${port}`, '-servername', host, '-x509_strict'],
    ...['-verify_hostname', host, '-CAfile', join(folder, root), '-no-CApath', '-verify', '5'],
  ]).catch((error: { stdout: string }) => error);
  return /Verify return code: (\d+)/.exec(stdout)?.[1] ?? 'none';
}

describe('the authority of one sandbox', () => {
  it('is believed by a strict reader for its host, and for nothing else', async () => {
    expect(await handshake('root.pem', 'allowed.test')).toBe('0');
    expect(await handshake('root.pem', 'other.test')).toBe('62'); // hostname mismatch
    expect(await handshake('other.pem', 'allowed.test')).not.toBe('0');
  });

  it('says what it is: an authority for a day, whose key signs and does nothing else', () => {
    const root = new X509Certificate(authority.certificate);
    expect(root.ca).toBe(true);
    expect(root.checkIssued(root)).toBe(true);
    const hours = (root.validToDate.getTime() - root.validFromDate.getTime()) / 3_600_000;
    expect(hours).toBe(25);
    expect(authority.certificate).not.toContain('PRIVATE KEY');
  });
});

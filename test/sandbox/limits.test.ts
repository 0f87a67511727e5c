// What one sandbox may take: processors, memory, processes, the disk, and bytes through the gate.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { EgressCall } from '#model/egress-call.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { planCgroups, readCgroupMounts } from '#sandbox/cgroup-layout.ts';
import { createBudget } from '#sandbox/egress/byte-budget.ts';
import { createCallLog } from '#sandbox/egress/call-log.ts';
import { checkProbe } from '#sandbox/probe-tools.ts';
import { diskFloor, isBelow } from '#sandbox/watch-disk.ts';
import { openTestSandbox, sh } from './open-test-sandbox.ts';

const v2 = 'cgroup2 /cg cgroup2 rw 0 0\n';
const v1 = ['memory', 'pids', 'cpu,cpuacct']
  .map((name) => `cgroup /cg1/${name} cgroup rw,relatime,${name} 0 0\n`)
  .join('');
const order = { name: 'box', memoryMib: 1, pids: 64, cores: 2 };
const plan = (mounts: string, controllers: string) =>
  planCgroups(readCgroupMounts(mounts), controllers, order);

describe('limits by control group', () => {
  it('bounds processors, memory and processes, and ends a tree that has too much memory as one (v2)', () => {
    expect(plan(v2, 'cpu memory pids')?.limits).toEqual([
      { file: '/cg/box/cpu.max', content: '190000 100000', optional: false },
      { file: '/cg/box/memory.max', content: '1048576', optional: false },
      { file: '/cg/box/pids.max', content: '64', optional: false },
      { file: '/cg/box/memory.swap.max', content: '0', optional: true },
      { file: '/cg/box/memory.oom.group', content: '1', optional: true },
    ]);
    const [first] = plan(v2, 'memory pids')?.limits ?? [];
    expect(first).toEqual({ file: '/cg/cgroup.subtree_control', content: '+cpu', optional: false });
  });

  it('bounds the same by the older groups (v1), and refuses without one of them', () => {
    const layout = plan(v1 + v2, '');
    expect(layout?.limits.filter(({ file }) => file.includes('cpu'))).toEqual([
      { file: '/cg1/cpu,cpuacct/box/cpu.cfs_period_us', content: '100000', optional: false },
      { file: '/cg1/cpu,cpuacct/box/cpu.cfs_quota_us', content: '190000', optional: false },
    ]);
    expect(layout?.joined).toEqual(['/cg1/memory/box', '/cg1/cpu,cpuacct/box', '/cg1/pids/box']);
    expect(plan(v1.replaceAll('cpu,cpuacct', 'blkio'), '')).toBeNull();
    const facts = { missingTools: [], canBeRoot: true, hasFilter: true, platform: 'x64' };
    expect(checkProbe({ ...facts, hasCgroups: true })).toBeNull();
    expect(checkProbe({ ...facts, hasCgroups: false })).toMatchObject({
      reason: 'wall_missing',
      sentence: expect.stringContaining('memory, pids and cpu must be mounted'),
    });
  });

  it('has them in force where a command runs, and leaves no group behind', async () => {
    const groups = (name: string) =>
      execFileSync('find', [
        '/sys/fs/cgroup',
        '-path',
        `*sallyport-${process.pid}-*`,
        '-name',
        name,
      ])
        .toString()
        .split('\n')
        .filter(Boolean);
    const before = groups('cgroup.procs');
    const box = await openTestSandbox({ memoryMib: 300, pids: 77 });
    const read = (names: readonly string[]) =>
      new Set(names.flatMap(groups).map((file) => readFileSync(file, 'utf8').trim()));
    try {
      expect(read(['pids.max']).has('77')).toBe(true);
      expect(read(['memory.max', 'memory.limit_in_bytes']).has(String(300 * 1024 ** 2))).toBe(true);
      const quota = `${createSandboxHost().cores * 95_000}`;
      const seen = [...read(['cpu.max', 'cpu.cfs_quota_us'])].map((one) => one.split(' ')[0]);
      expect(seen).toContain(quota);
    } finally {
      await box.sandbox.close();
    }
    expect(groups('cgroup.procs')).toEqual(before);
  });
});

describe('the disk', () => {
  it('is left a tenth at least, and no sandbox takes more than its part', () => {
    const gib = 1024 ** 3;
    expect(diskFloor({ bytes: 100 * gib, files: 10_000_000 })).toEqual({
      bytes: 80 * gib,
      files: 6_000_000,
    });
    const floor = diskFloor({ bytes: 10 * gib, files: null });
    expect(floor).toEqual({ bytes: gib, files: null });
    expect(isBelow({ bytes: 2 * gib, files: null }, floor)).toBe(false);
    expect(isBelow({ bytes: gib - 1, files: null }, floor)).toBe(true);
    expect(isBelow({ bytes: 9, files: 1 }, { bytes: 8, files: 2 })).toBe(true);
  });

  it('F6: ends a command that fills it, says so, and keeps what others need', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'sallyport-disk-'));
    const size = () =>
      readdirSync(workspace)
        .map((name) => readFileSync(join(workspace, name)).length)
        .reduce((sum, one) => sum + one, 0);
    const box = await openTestSandbox({
      workspace,
      freeDisk: async (path) => ({
        bytes: path === workspace ? 50_000_000 - size() : 50_000_000,
        files: null,
      }),
    });
    try {
      const fair = await sh(box.sandbox, 'head -c 1000000 /dev/zero > small; echo written');
      const full = await sh(box.sandbox, 'head -c 46000000 /dev/zero > full; sleep 15');
      rmSync(join(workspace, 'full'));
      const after = await sh(box.sandbox, 'echo written');
      expect([fair.output, after.output]).toEqual(['written\n', 'written\n']);
      expect(full).toMatchObject({ exitCode: null, timedOut: false, overDisk: true });
      expect(full.output).toContain('[ended: the sandbox wrote 20 GiB');
      expect(fair.overDisk).toBeUndefined();
    } finally {
      await box.sandbox.close();
      rmSync(workspace, { recursive: true });
    }
  });
});

describe('bytes through the gate', () => {
  it('P17: refuses the call that passes the run’s budget, and every one after it', () => {
    const lines: EgressCall[] = [];
    const budget = createBudget({ bytesOut: 100, bytesIn: 1000 });
    const log = createCallLog(
      () => 'work',
      (line) => lines.push(line),
      () => 0,
      () => null,
      budget,
    );
    const facts = { kind: 'connect', method: null, host: 'a.test', port: 443, path: null } as const;
    const first = log.open({ ...facts, from: null }, 'policy:a.test');
    expect([first.count('bytesOut', 60), first.count('bytesIn', 999)]).toEqual([true, true]);
    first.finish();
    expect(log.spent()).toBeNull();
    const second = log.open({ ...facts, from: null }, 'policy:a.test');
    expect(second.count('bytesOut', 41)).toBe(false);
    second.finish();
    expect(log.spent()).toBe('byte-budget');
    expect(lines.map(({ decision, rule, bytesOut }) => [decision, rule, bytesOut])).toEqual([
      ['allowed', 'policy:a.test', 60],
      ['refused', 'byte-budget', 41],
    ]);
  });
});

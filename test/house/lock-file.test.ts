import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      cpu: z.array(z.string()).optional(),
      os: z.array(z.string()).optional(),
      libc: z.array(z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

describe('package-lock.json', () => {
  it('holds no download address, so that it serves any registry', async () => {
    const packages = await readLock();
    expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('names every optional package of every package: npm ci refuses a lock that leaves one out', async () => {
    const packages = await readLock();
    const names = new Set(packages.map(({ path }) => path.split('node_modules/').at(-1)));
    const wanted = packages.flatMap((one) => Object.keys(one.optionalDependencies ?? {}));

    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('knows the hash of everything that is installed on Linux for x64', async () => {
    const packages = await readLock();
    const installed = packages.filter(
      ({ path, os, cpu, libc }) =>
        path !== '' &&
        (os?.includes('linux') ?? true) &&
        (cpu?.includes('x64') ?? true) &&
        (libc?.includes('glibc') ?? true),
    );

    expect(installed.length).toBeGreaterThan(500);
    expect(installed.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });
});

async function readLock() {
  const text = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const { packages } = lockSchema.parse(JSON.parse(text));
  return Object.entries(packages).map(([path, one]) => ({ path, ...one }));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openPglite } from '#postgres/database.ts';
import { lockFolder } from '#postgres/folder-lock.ts';

let folder: string;
let dataDir: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-lock-'));
  dataDir = join(folder, 'database');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Another process that takes the folder and keeps it until it is killed. */
async function holdElsewhere() {
  const module = new URL('../../src/postgres/folder-lock.ts', import.meta.url).href;
  const code = `const { lockFolder } = await import(${JSON.stringify(module)});
    lockFolder(${JSON.stringify(dataDir)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
}

describe('the embedded database’s folder', () => {
  it('is refused while another process holds it, with what to do, and free once that was killed', async () => {
    const kill = await holdElsewhere();
    try {
      await expect(openPglite(dataDir)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(
          /in use by another process.*stop that first, or set DATABASE_URL/,
        ),
      });
      expect(await readdir(folder)).toEqual(['database.lock']);
    } finally {
      await kill();
    }

    lockFolder(dataDir)();
  });

  it('is held by an open database, in the same process too, and given back when it closes', async () => {
    const database = await openPglite(dataDir);
    await expect(openPglite(dataDir)).rejects.toThrow('in use');
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    await database.close();

    await (await openPglite(dataDir)).close();
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEW_MERGE_SETTINGS } from '#local/record/merge-settings.ts';
import { openDeliveryFile } from '#local/saved/delivery-file.ts';
import { lockFolder } from '#local/saved/folder-lock.ts';
import { fromPlain, toPlain } from '#local/saved/plain.ts';
import { restoreWorld } from '#local/saved/saved-world.ts';
import { openSaver } from '#local/saved/saver.ts';
import { digestOf, readState, writeState } from '#local/saved/state-file.ts';
import { emptyRepository } from '#local/seed/seed.ts';
import type { Delivery } from '#local/webhook/delivery-log.ts';
import { createWorld } from '#local/world-state.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saved-parts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('toPlain and fromPlain', () => {
  it('give back every value that state may hold, whatever its keys are called', () => {
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom('$map', '$set', '$date', '$object', '__proto__', 'constructor'),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.string(),
        fc.date({ noInvalidDate: true }),
        fc.uint8Array({ maxLength: 5 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
        fc.array(fc.tuple(fc.integer(), tie('value')), { maxLength: 4 }).map((all) => new Map(all)),
        fc.array(fc.string(), { maxLength: 4 }).map((all) => new Set(all)),
      ),
    }));

    fc.assert(
      fc.property(value, (each) => {
        expect(fromPlain(JSON.parse(JSON.stringify(toPlain(each))))).toEqual(each);
      }),
    );
  });

  it.each([
    ['a function', { users: new Map([[1, { call: () => 1 }]]) }, 'users.1.call (a function)'],
    [
      'an instance of a class',
      { run: { cancel: new AbortController() } },
      'run.cancel (an object of a class)',
    ],
    ['a number that is none', { size: Number.NaN }, 'size (a number)'],
  ])('refuse %s and say where it is', (_name, value, path) => {
    expect(() => toPlain(value)).toThrow(`${path} cannot be saved: it is no plain data`);
  });
});

describe('the state file', () => {
  const write = async (...lines: string[]) => writeState(folder, lines, await digestOf(lines));

  it('is read as it was written', async () => {
    expect(await readState(folder)).toBeUndefined();

    await write('{"lastId":7}\n');
    await write('["one"]\n', '{"lastId":8}\n');

    expect(await readState(folder)).toEqual([['one'], { lastId: 8 }]);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it.each([
    [
      'cut off in its head',
      (text: string) => text.slice(0, 20),
      'it is not the state of a local GitHub',
    ],
    ['cut off in its body', (text: string) => text.slice(0, -3), 'it is cut off or was changed'],
    ['edited by hand', (text: string) => text.replace('7', '9'), 'it is cut off or was changed'],
    ['empty', () => '', 'it is not the state of a local GitHub'],
    ['of another program', () => '{"version": 1}\n', 'it is not the state of a local GitHub'],
    [
      'of a later version',
      (text: string) => text.replace('"version":1', '"version":2'),
      'expected format version 1, got 2',
    ],
  ])('is refused when it is %s, and left as it is', async (_name, change, because) => {
    await write('{"lastId":7}\n');
    const file = join(folder, 'state.json');
    const changed = change(await readFile(file, 'utf8'));
    await writeFile(file, changed);

    await expect(readState(folder)).rejects.toThrow(because);

    expect(await readFile(file, 'utf8')).toBe(changed);
  });
});

describe('the delivery file', () => {
  const delivery = (id: number) => ({ id, guid: `guid-${id}` }) as Delivery;
  const file = () => join(folder, 'deliveries.jsonl');

  it('gives back what was appended, in order', async () => {
    const first = await openDeliveryFile(folder, 10);
    await first.file.append([delivery(1), delivery(2)], () => []);

    const second = await openDeliveryFile(folder, 10);

    expect(second.deliveries).toEqual([delivery(1), delivery(2)]);
  });

  it('drops a last line that a crash cut off, and appends after the whole ones', async () => {
    const first = await openDeliveryFile(folder, 10);
    await first.file.append([delivery(1)], () => []);
    await writeFile(file(), '{"id":2,"gu', { flag: 'a' });

    const second = await openDeliveryFile(folder, 10);
    await second.file.append([delivery(3)], () => []);

    expect((await openDeliveryFile(folder, 10)).deliveries).toEqual([delivery(1), delivery(3)]);
  });

  it('is refused when a line in it is no delivery, and left as it is', async () => {
    const text = '{"id":1,"guid":"a"}\nnonsense\n{"id":3,"guid":"c"}\n';
    await writeFile(file(), text);

    await expect(openDeliveryFile(folder, 10)).rejects.toThrow('line 2 is no delivery');

    expect(await readFile(file(), 'utf8')).toBe(text);
  });

  it('is written anew with those that are kept, before it grows without end', async () => {
    const { file: log } = await openDeliveryFile(folder, 2);
    for (const id of [1, 2, 3, 4, 5])
      await log.append([delivery(id)], () => [delivery(id - 1), delivery(id)]);

    expect((await readFile(file(), 'utf8')).split('\n')).toHaveLength(3);
    expect((await openDeliveryFile(folder, 2)).deliveries).toEqual([delivery(4), delivery(5)]);
  });
});

describe('the lock of a folder', () => {
  it('is one process’s until it lets go', async () => {
    const lock = await lockFolder(folder);
    expect(lock.tookOver).toBe(false);
    await expect(lockFolder(folder)).rejects.toThrow(
      `the folder ${folder} is in use by process ${process.pid}`,
    );

    await lock.release();

    expect(await readdir(folder)).toEqual([]);
    expect((await lockFolder(folder)).tookOver).toBe(false);
  });

  it('is taken over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '0']);
    await once(child, 'exit');
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: child.pid, began: '1' }));

    expect((await lockFolder(folder)).tookOver).toBe(true);
  });

  it.each([
    ['an earlier process had this one’s number', JSON.stringify({ pid: process.pid, began: '1' })],
    ['it was cut off', '{"pid":'],
  ])('is taken over when %s', async (_name, text) => {
    await writeFile(join(folder, 'lock'), text);

    expect((await lockFolder(folder)).tookOver).toBe(true);
  });

  it('goes to one of many who ask at once, also over a dead process’s', async () => {
    await writeFile(join(folder, 'lock'), '{"pid":0}');

    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock']);
  });
});

describe('the saver', () => {
  it('writes once for many changes, and again for what changed meanwhile', async () => {
    let state = 0;
    const written: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const saver = openSaver(
      async () => {
        written.push(state);
        await promise;
      },
      () => {},
    );
    state = 1;
    saver.touch();
    saver.touch();
    while (written.length === 0) await new Promise((next) => setTimeout(next, 5));
    state = 2;
    saver.touch();
    resolve();
    while (written.length === 1) await new Promise((next) => setTimeout(next, 5));

    expect(written).toEqual([1, 2]);
    await saver.close();
  });

  it('tells of a write that failed, tries again, and writes at the end', async () => {
    const errors: unknown[] = [];
    let attempts = 0;
    const saver = openSaver(
      async () => {
        attempts += 1;
        if (attempts <= 3 || attempts === 5) throw new Error('the disk is full');
        if (attempts === 6) throw new Error('the folder is gone');
      },
      (error) => errors.push(String(error)),
    );
    const until = async (count: number) => {
      while (attempts < count) await new Promise((next) => setTimeout(next, 5));
    };
    saver.touch();
    await until(4);

    // Three failures in a row are one piece of news.
    expect(errors).toEqual(['Error: the disk is full']);
    saver.touch();
    await until(7);
    await saver.close();
    expect(errors.slice(1)).toEqual(['Error: the disk is full', 'Error: the folder is gone']);
    expect(attempts).toBe(8);
  });
});

describe('a repository that an earlier version saved', () => {
  it('has what is new since as a new repository has it, and keeps the rest', async () => {
    const gitDir = join(folder, 'git', 'shop.git');
    await mkdir(gitDir, { recursive: true });
    await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/main\n');
    const made = emptyRepository({
      id: 7,
      name: 'shop',
      ownerId: 1,
      private: true,
      description: 'Kept',
      defaultBranch: 'main',
      gitDir: join('git', 'shop.git'),
      createdAt: '2026-01-01T00:00:00Z',
    });
    const { merging: _, pushers: __, ...earlier } = made;
    const { world } = createWorld({
      port: 0,
      dataDir: folder,
      now: () => new Date(),
      mintJobToken: () => '',
      revokeJobToken: () => {},
      deliver: () => {},
    });
    await restoreWorld(world, {}, [earlier as typeof made]);
    const restored = world.repositories.get(7);

    expect(restored?.merging).toEqual(NEW_MERGE_SETTINGS);
    expect([restored?.pushers.size, restored?.description, restored?.gitDir]).toEqual([
      0,
      'Kept',
      gitDir,
    ]);
  });
});

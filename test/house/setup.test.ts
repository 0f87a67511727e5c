import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const isRoot = process.getuid?.() === 0;
const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } };

/** What PATH offers in these tests besides what each adds: enough for a shell script, no more. */
const everything = 'git bwrap ip nsenter setpriv unshare chromium postgres gh sudo'.split(' ');

let folder: string;
let bin: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'setup-'));
  bin = join(folder, 'bin');
  await cp(join(root, 'script/setup.mjs'), join(folder, 'script/setup.mjs'));
  await cp(join(root, 'script/setup'), join(folder, 'script/setup'), { recursive: true });
  await write('package-lock.json', JSON.stringify(lock));
  await write('node_modules/.package-lock.json', JSON.stringify(lock));
  for (const name of everything) await program(name, 'exit 0');
  await program('env', 'shift; exec "$@"');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('npm run setup', () => {
  it('is silent when everything is there, and remembers it', async () => {
    expect(await setup('test')).toEqual({ code: 0, output: '' });
    expect(await readFile(join(folder, 'node_modules/.sallyport-lock'), 'utf8')).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });

  it('accepts Chrome under another name', async () => {
    await rm(join(bin, 'chromium'));
    await program('google-chrome-stable', 'exit 0');
    expect(await setup('demo')).toEqual({ code: 0, output: '' });
  });

  it('installs packages when the lock file changed, without a word from npm, and then no more', async () => {
    await setup('check');
    await write(
      'package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { version: '2.0.0' } } }),
    );
    await program('npm', `echo chatter; echo "$@" >> ${folder}/npm.log`);

    const first = await setup('check');
    const second = await setup('check');

    expect(first).toEqual({
      code: 0,
      output: expect.stringMatching(/^sallyport: installing the npm packages .*\n$/),
    });
    expect(second).toEqual({ code: 0, output: '' });
    expect(await readFile(join(folder, 'npm.log'), 'utf8')).toMatch(/^ci [^\n]*\n$/);
  });

  it('shows what npm said when it failed, and does not remember it as done', async () => {
    await rm(join(folder, 'node_modules'), { recursive: true });
    await program('npm', 'echo "network is down"; exit 7');

    const first = await setup('check');
    const second = await setup('check');

    expect(first.code).toBe(1);
    expect(first.output).toContain('network is down\nsallyport: "npm ci" failed (exit code 7)');
    expect(second).toEqual(first);
  });

  it('says which file is missing in half a checkout', async () => {
    await rm(join(folder, 'package-lock.json'));
    expect(await setup('check')).toEqual({
      code: 1,
      output: expect.stringMatching(/expected .*package-lock\.json, found none/),
    });
  });

  it('refuses a purpose that it does not know', async () => {
    expect(await setup('deploy')).toEqual({
      code: 2,
      output: 'sallyport: expected one of demo, serve, github, test, bench, check, got "deploy"\n',
    });
  });

  it('installs missing tools with apt-get, by root or by sudo that asks nothing', async () => {
    await rm(join(bin, 'bwrap'));
    await program('sudo', 'while [ "$1" = -n ]; do shift; done; exec "$@"');
    await program('true', 'exit 0');
    await program(
      'apt-get',
      `echo "$@" >> ${folder}/apt.log; [ "$1" = update ] || cp ${bin}/ip ${bin}/bwrap`,
    );

    const { code, output } = await setup('demo');

    expect({ code, output }).toEqual({
      code: 0,
      output: 'sallyport: installing bubblewrap (Debian packages) …\n',
    });
    expect(await readFile(join(folder, 'apt.log'), 'utf8')).toBe(
      'update -qq\ninstall -y -qq --no-install-recommends bubblewrap\n',
    );
  });

  it('names what is missing in one line when it may not install, or apt-get cannot', async () => {
    await rm(join(bin, 'bwrap'));
    await rm(join(bin, 'chromium'));
    if (isRoot) await rm(join(bin, 'apt-get'), { force: true });
    else await program('sudo', 'exit 1');

    expect(await setup('demo')).toEqual({
      code: 1,
      output:
        'sallyport: "npm run demo" needs bubblewrap, chromium: install them (Debian, Ubuntu: sudo apt-get install bubblewrap chromium) and try again\n',
    });
  });

  it('needs no tool to serve', async () => {
    await rm(bin, { recursive: true });
    expect(await setup('serve')).toEqual({ code: 0, output: '' });
  });

  it('stops where there is no Linux for the sandbox, and not where none is needed', async () => {
    expect(await setup('demo', 'darwin')).toEqual({
      code: 1,
      output: expect.stringMatching(/^sallyport: the sandbox needs Linux, and this is darwin/),
    });
    expect((await setup('test', 'win32')).code).toBe(1);
    expect(await setup('serve', 'darwin')).toEqual({ code: 0, output: '' });
  });
});

function setup(purpose: string, platform = 'linux'): Promise<{ code: number; output: string }> {
  const pretend = `Object.defineProperty(process, 'platform', { value: '${platform}' })`;
  const argv = [
    ...['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
    ...[join(folder, 'script/setup.mjs'), purpose],
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env: { PATH: bin } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

async function program(name: string, script: string): Promise<void> {
  await write(`bin/${name}`, `#!/bin/sh\nPATH=${bin}:/usr/bin:/bin\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

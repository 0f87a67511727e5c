import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** One row a Debian package: any of `any`, all of `all`, or something in a folder shows that it is there. */
const sandboxTools = [
  { name: 'git', all: ['git'] },
  { name: 'bubblewrap', all: ['bwrap'] },
  { name: 'iproute2', all: ['ip'] },
  { name: 'util-linux', all: ['nsenter', 'setpriv', 'unshare'] },
  {
    name: 'chromium',
    // The shell draws pages without a window, in less than half the time; not every release has it.
    smaller: 'chromium-headless-shell',
    any: [
      ...['chromium-headless-shell', 'chromium'],
      ...['google-chrome', 'google-chrome-stable', 'chromium-browser'],
    ],
  },
  // Without a font, a page is a picture of empty boxes.
  { name: 'fonts-dejavu-core', filled: ['/usr/share/fonts', '/usr/local/share/fonts'] },
];
const testTools = [
  { name: 'postgresql', any: ['postgres'] },
  { name: 'gh', all: ['gh'] },
  { name: 'sudo', all: ['sudo'] },
];
const tools = {
  serve: [],
  github: [{ name: 'git', all: ['git'] }],
  check: [{ name: 'git', all: ['git'] }],
  demo: sandboxTools,
  bench: sandboxTools,
  test: [...sandboxTools, ...testTools],
};

/** Install the missing tools of a purpose; a sentence when that cannot be done, else undefined. */
export function installTools(purpose) {
  const missing = findMissing(purpose);
  if (missing.length === 0) return undefined;
  const names = missing.map(({ name }) => name);
  const prefix = findPrivilege();
  if (!prefix || !hasBinary('apt-get')) return ask(purpose, names);
  console.error(`sallyport: installing ${names.join(', ')} (Debian packages) …`);
  run(prefix, ['apt-get', 'update', '-qq']);
  const packages = missing.map(({ name, smaller }) => (isOffered(smaller) ? smaller : name));
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const problem = run(prefix, install);
  if (problem) process.stderr.write(`${problem}\n`);
  const left = findMissing(purpose);
  return left.length === 0
    ? undefined
    : ask(
        purpose,
        left.map(({ name }) => name),
      );
}

/** Whether apt-get knows a package of this name that it can install. */
function isOffered(name) {
  if (!name) return false;
  return run([], ['apt-get', 'install', '-qq', '--simulate', name]) === undefined;
}

function findMissing(purpose) {
  return tools[purpose].filter((tool) => !isThere(tool));
}

function isThere({ any, all, filled }) {
  if (filled) return filled.some((folder) => listFolder(folder).length > 0);
  return any ? any.some(hasBinary) : all.every(hasBinary);
}

function ask(purpose, missing) {
  return `"npm run ${purpose}" needs ${missing.join(', ')}: install them (Debian, Ubuntu: sudo apt-get install ${missing.join(' ')}) and try again`;
}

/** How to become root without a question, or undefined. */
function findPrivilege() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined;
}

function run(prefix, command) {
  const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    maxBuffer: 64_000_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return status === 0 ? undefined : `${stdout ?? ''}${stderr ?? ''}`.trim();
}

function hasBinary(name) {
  return folders().some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** PATH, and where Debian keeps tools that are not on everybody's PATH. */
function folders() {
  const fromPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...fromPath, '/usr/sbin', '/sbin', ...postgresFolders()];
}

/** Debian keeps the server's programs off everybody's PATH, by version. */
function postgresFolders() {
  const base = '/usr/lib/postgresql';
  return listFolder(base).map((version) => join(base, version, 'bin'));
}

function listFolder(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

// Bundles the actions: action/*/{main,post,capture}.ts to action/*/dist/*.mjs, committed, so that a
// runner needs no install. `--check` builds beside and compares with what is committed.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const entries = ['main.ts', 'post.ts', 'capture.ts'];
/** CommonJS packages in an ES module ask for `require`; two names, because chunks have it, too. */
const banner =
  "import { createRequire as sallyportCreateRequire } from 'node:module';" +
  ' const require = sallyportCreateRequire(import.meta.url);';

process.exitCode = process.argv.includes('--check') ? await check() : await write();

async function write() {
  for (const name of actions()) {
    const dist = join(root, 'action', name, 'dist');
    rmSync(dist, { recursive: true, force: true });
    await bundle(name, dist);
  }
  return 0;
}

async function check() {
  const temporary = mkdtempSync(join(tmpdir(), 'sallyport-bundle-'));
  try {
    const stale = [];
    for (const name of actions()) {
      await bundle(name, join(temporary, name));
      const committed = join(root, 'action', name, 'dist');
      if (describe(committed) !== describe(join(temporary, name)))
        stale.push(`action/${name}/dist`);
    }
    if (stale.length === 0) return 0;
    console.error(
      `expected ${stale.join(', ')} to be what the sources build: run "npm run bundle" and commit the result`,
    );
    return 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The actions that have a main file; others are still without a bundle. */
function actions() {
  return readdirSync(join(root, 'action'))
    .sort()
    .filter((name) => existsSync(join(root, 'action', name, 'main.ts')));
}

function bundle(name, outdir) {
  const folder = join('action', name);
  return build({
    absWorkingDir: root,
    entryPoints: entries
      .filter((entry) => existsSync(join(root, folder, entry)))
      .map((entry) => join(folder, entry)),
    outdir,
    outbase: folder,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The artifact client is loaded when it is needed: it would double the start-up time.
    splitting: true,
    chunkNames: 'chunk/[hash]',
    outExtension: { '.js': '.mjs' },
    banner: { js: banner },
    // Optional parts of a browser's driver that are looked up only when used.
    external: ['chromium-bidi', 'chromium-bidi/*', 'electron', 'fsevents'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
  });
}

/** Names and contents of a folder, in order. */
function describe(folder) {
  if (!existsSync(folder)) return 'missing';
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `${path.slice(folder.length)}\0${readFileSync(path)}`)
    .join('\0');
}

// Takes each single check of the token broker away in turn and runs the broker's tests without it:
// what no test notices is not proven to be checked. Ends with 1 when a deletion goes unnoticed that is
// not listed as a double check, or when a listed one is noticed after all.
//
//   npm run test:mutation [-- [--json | --list] [word that the check's place or text contains]]
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { doubleChecks } from './mutation/double-checks.mjs';
import { findMutants } from './mutation/find-mutants.mjs';
import { runTests } from './mutation/run-tests.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const root = join(import.meta.dirname, '..');
const files = [
  'check-request',
  'glance',
  'repeated-member',
  'check-claims',
  'authorize',
  'check-live',
  'broker',
  'verify-token',
  'session',
  'key-fetch',
  'parse-report',
  'check-proof',
  'prove-session',
  'hand-over',
  'renew',
  'note-usage',
  'artifact',
].map((name) => `src/broker/${name}.ts`);
const [word = ''] = positionals;
const mutants = files
  .flatMap((file) =>
    findMutants(readFileSync(join(root, file), 'utf8')).map((mutant) => ({
      ...mutant,
      file,
      name: `${file.replace('src/broker/', '')} ${mutant.what}`,
    })),
  )
  .filter(({ name }) => name.includes(word));

if (values.list) {
  // Written whole before the process ends: a pipe takes its time.
  writeSync(1, `${mutants.map(({ name }) => name).join('\n')}\n`);
  process.exit(0);
}

const started = performance.now();
const copies = Array.from({ length: Math.min(2, availableParallelism()) }, copyTree);
const unnoticed = [];
try {
  if ((await runTests(copies[0])) !== 0)
    throw new Error('the tests fail with every check in place');
  const left = mutants.entries();
  await Promise.all(copies.map((copy) => work(copy, left)));
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
report();

/** What the tests import, beside the installed packages. */
function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'sallyport-mutation-'));
  for (const path of ['package.json', 'src', 'test/broker', 'test/fake']) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function work(copy, left) {
  for (const [index, { file, text, name, line }] of left) {
    const path = join(copy, file);
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, text);
    const isNoticed = (await runTests(copy)) !== 0;
    writeFileSync(path, whole);
    if (!isNoticed) unnoticed.push({ name, file, line });
    if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${mutants.length}`);
  }
}

function report() {
  const listed = new Set(Object.keys(doubleChecks));
  const missed = unnoticed.filter(({ name }) => !listed.has(name));
  const seen = new Set(unnoticed.map(({ name }) => name));
  const tried = new Set(mutants.map(({ name }) => name));
  const stale = [...listed].filter(
    (name) => name.includes(word) && !(tried.has(name) && seen.has(name)),
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  if (values.json) {
    const counts = {
      deletions: mutants.length,
      noticed: mutants.length - unnoticed.length,
      seconds,
    };
    console.log(
      JSON.stringify({ ...counts, missed, doubles: unnoticed.length - missed.length, stale }),
    );
  } else {
    for (const { name, file, line } of missed) console.log(`not noticed  ${file}:${line}  ${name}`);
    for (const name of stale) console.log(`listed as a double check, and none: ${name}`);
    console.log(
      `${mutants.length} deletions in ${seconds} s: ${mutants.length - unnoticed.length} noticed, ` +
        `${unnoticed.length - missed.length} double checks, ${missed.length} not noticed`,
    );
  }
  process.exitCode = missed.length > 0 || stale.length > 0 ? 1 : 0;
}

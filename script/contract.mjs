// Holds the local GitHub to GitHub's published description: runs the test suite, or the tests that
// are named, while every local GitHub writes down what it is asked, answers and sends, and then
// validates each line. Ends with 1 when one is not as GitHub describes it, or a test fails.
//
//   npm run contract [-- [--json] [--recording <folder>] [test files and options of Jest]]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installDescription } from './contract/install.mjs';
import { judgeRecording } from './contract/judge-recording.mjs';
import { printReport } from './contract/print-report.mjs';
import { recordSuite } from './contract/record-suite.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, recording: { type: 'string' } },
});
const areas = JSON.parse(
  readFileSync(join(import.meta.dirname, 'contract/operations.json'), 'utf8'),
);
const promised = Object.values(areas).flat();
const started = performance.now();
const cacheFolder = installDescription();
const folder = values.recording ?? mkdtempSync(join(tmpdir(), 'sallyport-contract-'));
try {
  const testsExit = values.recording ? 0 : recordSuite(folder, positionals);
  const verdict = judgeRecording(cacheFolder, folder, promised);
  const elapsedSeconds = Math.round((performance.now() - started) / 1000);
  if (values.json) printJson(verdict, testsExit);
  else printReport({ verdict, promised, elapsedSeconds });
  const problem = describeProblem(verdict, testsExit);
  if (problem) console.error(`contract: ${problem}`);
  process.exitCode = problem || verdict.violations.length > 0 ? 1 : 0;
} finally {
  if (!values.recording) rmSync(folder, { recursive: true, force: true });
}

/** What makes the verdict worthless, however few violations it holds. */
function describeProblem({ exchanges, payloads }, testsExit) {
  if (testsExit !== 0) return 'tests failed, see above';
  return exchanges + payloads === 0 ? 'nothing was recorded, so nothing was checked' : undefined;
}

function printJson(verdict, testsExit) {
  const document = {
    ...verdict,
    promised: promised.length,
    uncovered: promised.filter((id) => !verdict.operations.has(id)),
    operations: Object.fromEntries(verdict.operations),
    unrouted: Object.fromEntries(verdict.unrouted),
    webhooks: Object.fromEntries(verdict.webhooks),
    testsPassed: testsExit === 0,
  };
  console.log(JSON.stringify(document, null, 2));
}

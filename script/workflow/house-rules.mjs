import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';

/** The caller workflow is copied by hand and read by people: it has to stay small. */
const callerLinesMax = 40;

/** Expressions that a `run:` may hold: numbers and paths that nobody outside chooses. */
const safeInRun = [
  'runner.temp',
  'runner.os',
  'runner.arch',
  'github.run_id',
  'github.run_attempt',
];

/** What the jobs may hold (design: who holds what). Compared exactly: not less, not more. */
const jobPermissions = {
  '.github/workflows/agent.yml': { contents: 'read', 'id-token': 'write' },
  '.github/workflows/verify.yml': { contents: 'read' },
  '.github/workflows/report.yml': { 'id-token': 'write' },
};

const pinned = /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+(?:\/[^@\s]+)?@[0-9a-f]{40}$/;

/** What is wrong with a file as YAML; the other checks expect a file that is. */
export function checkYaml(_path, text) {
  const { errors } = parseDocument(text);
  return errors.map(({ message, linePos }) => ({
    line: linePos?.[0].line ?? 1,
    sentence: message.split('\n')[0],
  }));
}

/**
 * The rules of this house on one workflow file, as findings of `{ line, sentence }`: pinned actions,
 * permissions said, no expression in a shell, and the permission sets of the three jobs.
 */
export function checkHouseRules(path, text) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const findings = [];
  const say = (node, sentence) =>
    findings.push({ line: lines.linePos(node.range[0]).line, sentence });
  checkSteps(document, say);
  checkPermissions(path, document, say);
  const count = text.trimEnd().split('\n').length;
  if (path === 'docs/sallyport.yml' && count > callerLinesMax) {
    findings.push({
      line: callerLinesMax + 1,
      sentence: `expected at most ${callerLinesMax} lines, got ${count}: move work into the reusable workflows`,
    });
  }
  return findings;
}

function checkSteps(document, say) {
  visit(document, {
    Pair(_, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || !isScalar(pair.value)) return;
      if (pair.key.value === 'uses') checkUses(pair.value, say);
      if (pair.key.value === 'run') checkRun(pair.value, say);
    },
  });
}

function checkUses(node, say) {
  const uses = String(node.value);
  if (uses.startsWith('./')) return;
  if (!pinned.test(uses)) {
    say(
      node,
      `expected "${uses.slice(0, 100)}" to end in @ and a commit's 40 hex digits: a tag can be moved`,
    );
  } else if (!/^ ?v?\d|^ ?\S/.test(node.comment ?? '')) {
    say(
      node,
      `expected a comment with the version after "${uses.slice(0, 60)}…": nobody reads a SHA`,
    );
  }
}

function checkRun(node, say) {
  for (const [, expression] of String(node.value).matchAll(/\$\{\{(.*?)\}\}/gs)) {
    if (safeInRun.includes(expression.trim())) continue;
    say(
      node,
      `expected no expression in a shell, got "${expression.trim().slice(0, 80)}": hand it over in env: and quote the variable`,
    );
  }
}

function checkPermissions(path, document, say) {
  const top = document.get('permissions', true);
  if (!top)
    say(
      document.contents,
      'expected `permissions:` for the whole workflow: the default may be write',
    );
  else if (isScalar(top)) say(top, 'expected permissions one by one, got one word for all of them');
  const wanted = jobPermissions[path];
  const jobs = document.get('jobs', true);
  if (!wanted || !isMap(jobs)) return;
  for (const { value: job } of jobs.items) {
    if (!isMap(job)) continue;
    const own = job.get('permissions', true) ?? top;
    const seen = isMap(own) ? own.toJSON() : isSeq(own) ? [] : {};
    if (sameSet(seen, wanted)) continue;
    say(
      job,
      `expected exactly the permissions ${JSON.stringify(wanted)}, got ${JSON.stringify(seen)}`,
    );
  }
}

function sameSet(a, b) {
  const write = (set) =>
    JSON.stringify(
      Object.entries(set)
        .filter(([, level]) => level !== 'none')
        .sort(),
    );
  return write(a) === write(b);
}

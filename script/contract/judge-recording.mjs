import { checkExchange } from './check-exchange.mjs';
import { checkWebhook, webhookKey } from './check-webhook.mjs';
import { isDeparture } from './departures.mjs';
import { descriptionFile } from './install.mjs';
import { narrowDescription, readDescription } from './read-description.mjs';
import { readRecording } from './record-suite.mjs';
import { openValidator } from './validator.mjs';

/** The version that GitHub assumes, and webhooks have. */
const FIRST_VERSION = '2022-11-28';

/**
 * Judge every line of a recording.
 *
 * Shape   `{ exchanges, payloads, graphql, operations, unrouted, webhooks, violations }`; the
 *         middle three map a name to a count, operations only for answers that were no refusal.
 */
export function judgeRecording(cacheFolder, folder, promised) {
  const { ids, keys } = listNames(folder, promised);
  const contractOf = openContracts(cacheFolder, ids, keys);
  const found = { exchanges: 0, payloads: 0, graphql: 0 };
  const operations = new Map();
  const unrouted = new Map();
  const webhooks = new Map();
  const violations = new Map();
  const report = (subject, { test }, problems) => {
    for (const { kind, pointer, problem } of problems) {
      if (isDeparture(subject, { kind, pointer, problem })) continue;
      const key = [subject, kind, pointer, problem.replace(/, got .*$/, '')].join('\n');
      const known = violations.get(key) ?? { subject, kind, pointer, problem, count: 0, tests: [] };
      known.count += 1;
      if (!known.tests.includes(test)) known.tests.push(test);
      violations.set(key, known);
    }
  };
  for (const line of readRecording(folder)) {
    if (line.kind === 'webhook') {
      const key = webhookKey(line);
      found.payloads += 1;
      count(webhooks, key);
      report(key, line, checkWebhook(contractOf(FIRST_VERSION), line));
    } else if (line.kind === 'graphql') {
      found.graphql += 1;
      if (line.status >= 500)
        report('graphql', line, [{ kind: 'status', pointer: '/', problem: line.response }]);
    } else if (line.operation === null) count(unrouted, `${line.method} ${line.path}`);
    else {
      found.exchanges += 1;
      if (line.status < 400) count(operations, line.operation);
      report(line.operation, line, checkExchange(contractOf(line.version), line));
    }
  }
  return { ...found, operations, unrouted, webhooks, violations: [...violations.values()] };
}

function count(counts, name) {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function listNames(folder, promised) {
  const ids = new Set(promised);
  const keys = new Set();
  for (const line of readRecording(folder)) {
    if (line.kind === 'webhook') keys.add(webhookKey(line));
    else if (line.operation) ids.add(line.operation);
  }
  return { ids, keys };
}

/** A contract for each version of the API that was asked for, made on first use. */
function openContracts(cacheFolder, ids, keys) {
  const description = readDescription(descriptionFile(cacheFolder));
  const contracts = new Map();
  return (version) => {
    const known = contracts.get(version);
    if (known) return known;
    const base = `github-${version}`;
    const narrowed = narrowDescription(description, { ids, keys, version, base });
    const judge = openValidator(cacheFolder, base, narrowed.schemas);
    const contract = { ...narrowed, judge, errorSchema: narrowed.schemas['basic-error'] };
    contracts.set(version, contract);
    return contract;
  };
}

// Pure: a JUnit report as test records. Names and statuses are the subject's own words.
import { capText, visibleText } from '#model/text.ts';
import type { TestRecord } from '#model/verify-record.ts';
import { scanXml, type XmlEvent } from './scan-xml.ts';

/** More tests than any suite we know; beyond it the report is refused, not cut. */
export const testsMax = 50_000;
/** Longer names are cut; two that differ only behind it become namesakes. */
const nameMax = 400;
/** Durations are shown, never compared; a day is more than a job may take. */
const durationMaxMs = 86_400_000;

interface Open {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  outcome: TestRecord['status'];
}

/**
 * Read a JUnit XML report (testsuites, testsuite, nested or not, testcase with failure, error,
 * skipped). Suites around a test become its suite path; `classname` stands in when there is none.
 *
 * Fails   with null when the text is not well-formed, its root is no report, or it holds too many tests.
 */
export function readJunit(text: string, command: string): readonly TestRecord[] | null {
  const tests: TestRecord[] = [];
  const open: Open[] = [];
  const visit = (event: XmlEvent): boolean => {
    if (event.kind === 'close') {
      closeElement(open, tests, command);
      return tests.length <= testsMax;
    }
    if (open.length === 0 && !/^testsuites?$/.test(event.name)) return false;
    mark(open.at(-1), event.name);
    open.push({
      name: event.name,
      attributes: event.attributes,
      outcome: outcomeOf(event.attributes),
    });
    if (event.empty) closeElement(open, tests, command);
    return tests.length <= testsMax;
  };
  return scanXml(text.replace(/^\ufeff/, ''), visit) ? tests : null;
}

/** Some writers say it in an attribute: `status="skipped"`, `result="failed"`. */
function outcomeOf(attributes: ReadonlyMap<string, string>): TestRecord['status'] {
  const said = (attributes.get('status') ?? attributes.get('result') ?? '').toLowerCase();
  if (/^(?:fail|error)/.test(said)) return 'failed';
  if (/^(?:skip|disabled|notrun|ignored|pending|todo)/.test(said)) return 'skipped';
  return 'passed';
}

/** A failure outweighs a skip, and a skip outweighs nothing: a test cannot talk itself green. */
function mark(parent: Open | undefined, child: string): void {
  if (parent?.name !== 'testcase') return;
  if (child === 'failure' || child === 'error') parent.outcome = 'failed';
  else if (child === 'skipped' && parent.outcome !== 'failed') parent.outcome = 'skipped';
  else if (/^(?:rerunFailure|rerunError)$/.test(child) && parent.outcome === 'passed') {
    parent.outcome = 'other';
  }
}

function closeElement(open: Open[], tests: TestRecord[], command: string): void {
  const element = open.pop();
  if (element?.name !== 'testcase') return;
  const suites = open.flatMap(({ name, attributes }) =>
    name === 'testsuite' ? (attributes.get('name') ?? []) : [],
  );
  const suite = suites.length > 0 ? suites.join(' › ') : classOf(element.attributes);
  tests.push({
    command,
    suite: suite === undefined || suite === '' ? null : plain(suite),
    name: plain(element.attributes.get('name') ?? ''),
    status: element.outcome,
    durationMs: milliseconds(element.attributes.get('time')),
  });
}

/** Node's own reporter writes the class “test” for every test. */
function classOf(attributes: ReadonlyMap<string, string>): string | undefined {
  const name = attributes.get('classname');
  return name === 'test' ? undefined : name;
}

function plain(text: string): string {
  return capText(visibleText(text), nameMax);
}

function milliseconds(seconds: string | undefined): number {
  const value = Number((seconds ?? '0').replaceAll(',', '')) * 1000;
  return Number.isFinite(value) && value >= 0 ? Math.min(Math.round(value), durationMaxMs) : 0;
}

/** A problem of this many operations or events is printed once, with their number. */
const SHARED_BY = 3;

/** The verdict for people: coverage first, violations last, where the eye rests. */
export function printReport({ verdict, promised, elapsedSeconds }) {
  const { exchanges, payloads, graphql, operations, webhooks, unrouted, violations } = verdict;
  const missing = promised.filter((id) => !operations.has(id));
  const others = [...operations.keys()].filter((id) => !promised.includes(id));
  const lines = [
    `exchanges   ${exchanges} REST, ${graphql} GraphQL; ${payloads} webhook payloads`,
    `operations  ${promised.length - missing.length} of ${promised.length} answered, ${others.length} beyond them`,
    ...(missing.length > 0 ? [`            not answered: ${missing.join(', ')}`] : []),
    `webhooks    ${[...webhooks.keys()].sort().join(', ') || 'none'}`,
    ...(unrouted.size > 0 ? [`unrouted    ${[...unrouted.keys()].sort().join(', ')}`] : []),
    ...groupViolations(violations),
    '',
    `${violations.length} violations in ${elapsedSeconds} s`,
  ];
  console.log(lines.join('\n'));
}

function groupViolations(violations) {
  const groups = Map.groupBy(violations, describe);
  const isShared = (each) => (groups.get(describe(each)) ?? []).length >= SHARED_BY;
  const own = violations.filter((each) => !isShared(each));
  const subjects = [...new Set(own.map(({ subject }) => subject))].sort();
  return [
    ...subjects.flatMap((subject) => [
      '',
      subject,
      ...own.filter((each) => each.subject === subject).map(line),
    ]),
    ...describeShared([...groups.values()].filter(([first]) => isShared(first))),
  ];
}

function describe({ kind, pointer, problem }) {
  return `${kind} ${pointer} ${problem.replace(/, got .*$/, '')}`;
}

/** Each set of subjects once, with all they have in common. */
function describeShared(groups) {
  const names = (group) => group.map(({ subject }) => subject).sort();
  const bySubjects = Map.groupBy(groups, (group) => names(group).join(', '));
  return [...bySubjects].flatMap(([subjects, same]) => [
    '',
    subjects,
    ...same.map(([first]) => line(first)),
  ]);
}

function line({ kind, pointer, problem, count, tests }) {
  return `  ${kind} ${pointer} ${problem}  (${count}×, ${tests[0]})`;
}

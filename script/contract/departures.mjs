/**
 * Where GitHub's description contradicts GitHub. Each names one operation, one place and one
 * problem, so that nothing else passes with it; docs/local-github.md repeats the list.
 */
export const departures = [
  {
    operation: 'issues/set-labels',
    kind: 'request',
    pointer: /^\/(labels)?$/,
    problem: 'must NOT have fewer than 1 items',
    reason:
      'the same description says of the field: "You can pass an empty array to remove all labels"',
  },
];

/** Whether a problem is such a place. */
export function isDeparture(operation, { kind, pointer, problem }) {
  return departures.some(
    (each) =>
      each.operation === operation &&
      each.kind === kind &&
      each.pointer.test(pointer) &&
      problem.startsWith(each.problem),
  );
}

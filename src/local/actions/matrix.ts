import type { Json, JsonObject } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { isObject } from './yaml-reader.ts';

// GitHub's limit on the jobs of one matrix.
const MATRIX_JOBS_MAX = 256;

/**
 * Expand an evaluated `strategy.matrix` into its combinations; `[{}]` for a job without one.
 * Source docs.github.com, "Running variations of jobs": exclude first, then include.
 */
export function expandMatrix(matrix: Json | undefined): Result<readonly JsonObject[], string> {
  if (matrix === undefined || matrix === null) return ok([{}]);
  if (!isObject(matrix)) return refuse('strategy.matrix: expected a mapping');
  const { include, exclude, ...axes } = matrix;
  const combinations = crossAxes(axes);
  if (!combinations.ok) return combinations;
  const excluded = listOf(exclude);
  const original = combinations.value.filter(
    (each) => !excluded.some((pattern) => matches(each, pattern)),
  );
  const result = addIncludes(original, listOf(include), Object.keys(axes));
  if (result.length > MATRIX_JOBS_MAX)
    return refuse(
      `strategy.matrix: expected at most ${MATRIX_JOBS_MAX} jobs, got ${result.length}`,
    );
  return ok(result);
}

function crossAxes(axes: JsonObject): Result<readonly JsonObject[], string> {
  if (Object.keys(axes).length === 0) return ok([]);
  let combinations: JsonObject[] = [{}];
  for (const [axis, values] of Object.entries(axes)) {
    if (!Array.isArray(values)) return refuse(`strategy.matrix.${axis}: expected a list`);
    if (combinations.length * values.length > MATRIX_JOBS_MAX)
      return refuse(`strategy.matrix: expected at most ${MATRIX_JOBS_MAX} jobs`);
    combinations = combinations.flatMap((each) =>
      values.map((value: Json) => ({ ...each, [axis]: value })),
    );
  }
  return ok(combinations);
}

// An include extends every original combination it does not contradict, or else stands alone.
function addIncludes(
  original: readonly JsonObject[],
  includes: readonly JsonObject[],
  axes: readonly string[],
): readonly JsonObject[] {
  const extended = original.map((each): JsonObject => ({ ...each }));
  const alone: JsonObject[] = [];
  for (const include of includes) {
    const shared = Object.keys(include).filter((key) => axes.includes(key));
    const pattern = Object.fromEntries(shared.map((key) => [key, include[key] ?? null]));
    const fits = original.map((each) => matches(each, pattern));
    if (!fits.includes(true)) alone.push(include);
    for (const [at, fit] of fits.entries()) {
      if (fit) extended[at] = { ...extended[at], ...include };
    }
  }
  return [...extended, ...alone];
}

function matches(combination: JsonObject, pattern: JsonObject): boolean {
  return Object.entries(pattern).every(
    ([key, value]) => JSON.stringify(combination[key]) === JSON.stringify(value),
  );
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((each: Json) => isObject(each)) : [];
}

/** The suffix of a matrix job's name: its leaf values in order, as GitHub prints them. */
export function matrixSuffix(combination: JsonObject): string {
  const leaves = (value: Json): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap(leaves);
    return isObject(value) ? Object.values(value).flatMap(leaves) : [String(value)];
  };
  const values = leaves(combination);
  return values.length === 0 ? '' : ` (${values.join(', ')})`;
}

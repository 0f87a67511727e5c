// Pure: GitHub's description is OpenAPI 3.0, Ajv speaks JSON Schema. Plain data in, new data out.

/** What describes, but does not constrain. */
const idle = new Set(['description', 'example', 'examples', 'x-github-breaking-changes', 'title']);
/** Keys below these are names of GitHub's, never keywords. */
const named = new Set(['properties', 'patternProperties', 'definitions', 'responses', 'schemas']);

/** References become absolute, so that each part of a schema compiles alone. */
export function convertSchema(schema, base) {
  if (Array.isArray(schema)) return schema.map((each) => convertSchema(each, base));
  if (typeof schema !== 'object' || schema === null) return schema;
  if (typeof schema.$ref === 'string') return { $ref: `${base}${schema.$ref}` };
  const { nullable, ...rest } = schema;
  const converted = {};
  for (const [key, value] of Object.entries(rest)) {
    if (idle.has(key)) continue;
    if (key === 'enum' || key === 'required' || key === 'default') converted[key] = value;
    else if (named.has(key)) converted[key] = convertNamed(value, base);
    // GitHub writes oneOf for alternatives that overlap: a value may fit several.
    else converted[key === 'oneOf' ? 'anyOf' : key] = convertSchema(value, base);
  }
  return nullable === true ? allowNull(converted) : converted;
}

function convertNamed(schemas, base) {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, convertSchema(schema, base)]),
  );
}

/** OpenAPI 3.0's `nullable` has no meaning in JSON Schema. */
function allowNull(schema) {
  if (schema.type === undefined) return { anyOf: [schema, { type: 'null' }] };
  const types = [schema.type].flat();
  const values = schema.enum && !schema.enum.includes(null) ? [...schema.enum, null] : schema.enum;
  return { ...schema, type: [...types, 'null'], ...(values ? { enum: values } : {}) };
}

/**
 * Apply what changed with a version of the API to an operation or a schema.
 *
 * Shape   the changes are JSON patches (RFC 6902) or partial documents (RFC 7396). A property that
 *         a version retires becomes `false`: it must not be there any more.
 */
export function applyBreakingChanges(document, version) {
  const changes = (document['x-github-breaking-changes'] ?? []).filter(
    (each) => each.version === version,
  );
  let changed = structuredClone(document);
  for (const { patch } of changes)
    changed = Array.isArray(patch) ? applyPatch(changed, patch) : merge(changed, patch, '');
  return changed;
}

function merge(target, patch, within) {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null) merged[key] = merge(merged[key], value, key);
    else if (within === 'properties') merged[key] = false;
    else delete merged[key];
  }
  return merged;
}

function applyPatch(document, steps) {
  for (const { op, path, value } of steps) {
    const keys = path.split('/').slice(1).map(unescapePointer);
    const last = keys.pop();
    const parent = keys.reduce((at, key) => at?.[key], document);
    if (parent === undefined) continue;
    if (op !== 'remove') parent[last] = value;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (keys.at(-1) === 'properties') parent[last] = false;
    else delete parent[last];
  }
  return document;
}

function unescapePointer(segment) {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

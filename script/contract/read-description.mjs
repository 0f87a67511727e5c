import { readFileSync } from 'node:fs';
import { completePayload, completeSchemas } from './complete-objects.mjs';
import { applyBreakingChanges, convertSchema } from './convert-schema.mjs';

const JSON_TYPE = 'application/json';

/**
 * GitHub's description, narrowed to some operations and webhooks and turned into JSON Schema.
 *
 * Shape   `{ operations: {id: {id, method, path, body, responses}}, webhooks: {key: schema},
 *         schemas }`; references name `base`. A response is `{ json, isEmpty }`.
 */
export function narrowDescription(description, { ids, keys, version, base }) {
  const operations = {};
  for (const [path, method, declared] of listOperations(description)) {
    const { operationId: id } = declared;
    if (!ids.has(id)) continue;
    const operation = applyBreakingChanges(declared, version);
    operations[id] = { id, method, path, ...readOperation(description, operation, base) };
  }
  const webhooks = {};
  for (const key of keys) {
    const declared = description['x-webhooks'][key]?.post.requestBody.content[JSON_TYPE].schema;
    if (declared) webhooks[key] = convertSchema(resolve(description, declared), base);
    if (declared) completePayload(webhooks[key]);
  }
  const schemas = collectSchemas(description, { operations, webhooks }, version, base);
  completeSchemas(schemas);
  return { operations, webhooks, schemas };
}

/** Read GitHub's description whole: about 13 MB. */
export function readDescription(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function* listOperations(description) {
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, declared] of Object.entries(methods))
      if (declared.operationId) yield [path, method.toUpperCase(), declared];
}

function readOperation(description, operation, base) {
  const request = operation.requestBody && resolve(description, operation.requestBody);
  const body = request?.content?.[JSON_TYPE]?.schema;
  const responses = {};
  for (const [status, declared] of Object.entries(operation.responses)) {
    if (declared === null) continue;
    const content = resolve(description, declared).content ?? {};
    const json = content[JSON_TYPE]?.schema;
    responses[status] = {
      json: json ? convertSchema(json, base) : null,
      isEmpty: Object.keys(content).length === 0,
    };
  }
  return {
    body: body ? convertSchema(body, base) : null,
    bodyIsRequired: request?.required === true,
    responses,
  };
}

function resolve(description, node) {
  if (typeof node.$ref !== 'string') return node;
  return node.$ref
    .split('/')
    .slice(1)
    .reduce((at, key) => at[key], description);
}

/** Every named schema that something kept refers to, and what that refers to, and so on. */
function collectSchemas(description, kept, version, base) {
  const schemas = {};
  const waiting = [...namesIn(kept, base), 'basic-error'];
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (schemas[name]) continue;
    const declared = applyBreakingChanges(description.components.schemas[name], version);
    schemas[name] = convertSchema(declared, base);
    waiting.push(...namesIn(schemas[name], base));
  }
  return schemas;
}

function namesIn(node, base) {
  const prefix = `"$ref":"${base}#/components/schemas/`;
  return JSON.stringify(node)
    .split(prefix)
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf('"')));
}

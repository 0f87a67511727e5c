// Most of GitHub's properties are optional in its description though GitHub always sends them. For
// the objects that the product lives on, every described key must be there, so that none can vanish
// unnoticed.

/** Schemas of whole objects, by their names in the description. */
const whole = [
  'issue',
  'pull-request',
  'pull-request-simple',
  'workflow-run',
  'check-run',
  'check-run-with-simple-check-suite',
  'webhooks_issue',
  'webhooks_issue_2',
  'webhooks_pull_request_5',
];
/** Parts of a webhook's payload that are such objects, described in place. */
const parts = ['issue', 'pull_request', 'check_run', 'workflow_run'];

/** Keys that GitHub itself leaves out. */
const absent = new Set([
  // Only for the media types that ask for them.
  'body_html',
  'body_text',
  // Only in lists across repositories.
  'repository',
  // Only for an issue that is a pull request.
  'pull_request',
  'draft',
  // Only for a stack of pull requests, and for a deployment's check run.
  'stack',
  'deployment',
]);

/** Keys that only an issue of its own has, and a pull request in an issue's form has not. */
const issueOnly = new Set([
  'issue_dependencies_summary',
  'issue_field_values',
  'parent_issue_url',
  'pinned_comment',
  'sub_issues_summary',
  'type',
]);

/** Require all keys of the whole objects among named schemas, in place. */
export function completeSchemas(schemas) {
  for (const name of whole) if (schemas[name]) complete(schemas[name]);
}

/** Require all keys of the whole objects in a payload's schema, in place. */
export function completePayload(schema) {
  for (const each of [schema, ...(schema.anyOf ?? [])])
    for (const part of parts) if (each.properties?.[part]) complete(each.properties[part]);
}

function complete(schema) {
  const described = [schema, ...(schema.allOf ?? [])].flatMap((each) =>
    Object.entries(each.properties ?? {}).filter(([, property]) => property !== false),
  );
  const keys = described.map(([name]) => name).filter((name) => !absent.has(name));
  const always = keys.filter((name) => !issueOnly.has(name));
  schema.required = [...new Set([...(schema.required ?? []), ...always])];
  schema.if = { not: { required: ['pull_request'] } };
  // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's own keyword.
  schema.then = { required: keys };
}

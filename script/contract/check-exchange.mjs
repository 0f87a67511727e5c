// Pure: one recorded exchange against GitHub's description of its operation.

/** Answers that any call may get, whether its operation's description lists them or not. */
const common = new Set([400, 401, 403, 404, 413, 415, 422, 429]);

/**
 * List what is wrong with one exchange.
 *
 * Shape   `[{ kind, pointer, problem }]`; kind is `route`, `status`, `request` or `response`.
 */
export function checkExchange(contract, exchange) {
  const { operation: id, status } = exchange;
  const operation = contract.operations[id];
  if (!operation) return [broken('route', id, 'is no operation of GitHub')];
  const problems = [];
  if (exchange.method !== operation.method || exchange.route !== operation.path)
    problems.push(broken('route', exchange.route, `expected ${operation.path}`));
  if (status >= 500) return [...problems, broken('status', '/', `answered ${status}`)];
  problems.push(...checkAnswer(contract, operation, exchange));
  if (status < 300) problems.push(...checkRequest(contract, operation, exchange));
  return problems;
}

function checkRequest({ judge }, operation, { request }) {
  if (!operation.body) return [];
  if (request === '')
    return operation.bodyIsRequired
      ? [broken('request', '/', 'has no body, and was accepted')]
      : [];
  const value = parse(request);
  if (value === undefined) return [broken('request', '/', 'is not JSON, and was accepted')];
  return judge(operation.body, value).map((each) => ({ kind: 'request', ...each }));
}

function checkAnswer({ judge, errorSchema }, operation, exchange) {
  const { status, response, type, accept } = exchange;
  const declared = operation.responses[status];
  if (!declared && !common.has(status))
    return [broken('status', '/', `${status} is not documented (${sentence(response)})`)];
  if (declared?.isEmpty && status < 400)
    return response === '' ? [] : [broken('response', '/', `${status} has no body on GitHub`)];
  const schema = declared?.json ?? errorSchema;
  // A diff, an archive or raw text, because the caller asked for it; a file's raw type ends in
  // `+json` whatever the file is.
  const isJson = type.includes('json') && !type.includes('.raw');
  if (!isJson && (!declared?.json || asksForText(accept))) return [];
  const value = parse(response);
  if (value === undefined) return [broken('response', '/', `${status} is not JSON`)];
  const problems = judge(schema, value).filter((each) => !(isOtherForm(accept) && isBody(each)));
  return problems.map(({ pointer, problem }) => ({
    kind: 'response',
    pointer: status < 300 ? pointer : `${status} ${pointer}`,
    problem,
  }));
}

function asksForText(accept) {
  return /\b(raw|diff|patch|sha|html)\b/.test(accept);
}

/** Asked for as HTML or plain text, a text stands in another key than `body`. */
function isOtherForm(accept) {
  return /application\/vnd\.github\.(v3\.)?(html|text)\b/.test(accept);
}

function isBody({ pointer, problem }) {
  return problem === 'is missing' && pointer.endsWith('/body');
}

function sentence(response) {
  const text = String(parse(response)?.message ?? response);
  return text.slice(0, 80).replace(/[^\x20-\x7e]/g, '.');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(kind, pointer, problem) {
  return { kind, pointer, problem };
}

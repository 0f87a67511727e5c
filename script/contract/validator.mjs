import { loadFrom } from './install.mjs';

/** Formats of GitHub's own, and those that Ajv is stricter about than GitHub. */
const formats = {
  int32: { type: 'number', validate: Number.isInteger },
  int64: { type: 'number', validate: Number.isSafeInteger },
  double: { type: 'number', validate: Number.isFinite },
  // A bot's address has square brackets: 1+sally[bot]@users.noreply.github.com
  email: /^[^\s@]+@[^\s@]+$/,
  'repo.nwo': /^[\w.-]+\/[\w.-]+$/,
  'ssh-key': /^ssh-|^ecdsa-/,
  'ssh-key fingerprint': /^SHA256:/,
  timestamp: true,
  binary: true,
};

/**
 * Build the judge of values: it takes a schema and a value and lists the problems.
 *
 * Shape   `[{ pointer, problem }]`, empty for a valid value; indices in a pointer are stars.
 */
export function openValidator(cacheFolder, base, schemas) {
  const { default: Ajv } = loadFrom(cacheFolder, 'ajv');
  const addFormats = loadFrom(cacheFolder, 'ajv-formats').default;
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    validateSchema: false,
    addUsedSchema: false,
    logger: false,
  });
  addFormats(ajv);
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
  ajv.addSchema({ components: { schemas } }, base);
  const compiled = new WeakMap();

  function listErrors(schema, value) {
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    // Of a condition only what it asked for is worth reading.
    return validate(value) ? [] : validate.errors.filter(({ keyword }) => keyword !== 'if');
  }

  function judge(schema, value, at = '') {
    const errors = listErrors(schema, value);
    // Of several alternatives all fail: only the one that comes nearest is worth reading.
    const choices = errors.filter(({ keyword }) => keyword === 'anyOf');
    const outer = choices.filter(
      (each) => !choices.some((other) => other !== each && contains(other, each)),
    );
    const plain = errors.filter(
      (each) => !choices.includes(each) && !outer.some((choice) => contains(choice, each)),
    );
    return [
      ...plain.map((each) => describe(each, at)),
      ...outer.flatMap((choice) => judgeChoice(choice, at)),
    ];
  }

  function judgeChoice(choice, at) {
    const place = `${at}${choice.instancePath}`;
    const branches = choice.schema.filter(({ type }) => type !== 'null' || choice.data === null);
    const lists = branches.map((branch) => judge(branch, choice.data, place));
    return lists.sort((a, b) => a.length - b.length)[0] ?? [];
  }

  return (schema, value) =>
    judge(schema, value).map(({ pointer, problem }) => ({
      pointer: pointer.replace(/\/\d+(?=\/|$)/g, '/*') || '/',
      problem,
    }));
}

function contains(choice, { instancePath }) {
  return instancePath === choice.instancePath || instancePath.startsWith(`${choice.instancePath}/`);
}

function describe({ keyword, instancePath, params, message, data }, at) {
  const place = `${at}${instancePath}`;
  if (keyword === 'required')
    return { pointer: `${place}/${params.missingProperty}`, problem: 'is missing' };
  if (keyword === 'false schema')
    return { pointer: place, problem: 'is retired in this version of the API' };
  if (keyword === 'additionalProperties')
    return { pointer: `${place}/${params.additionalProperty}`, problem: 'is not described' };
  const shown = JSON.stringify(data)?.slice(0, 60);
  const values = keyword === 'enum' ? `: ${JSON.stringify(params.allowedValues)}` : '';
  return { pointer: place, problem: `${message}${values}, got ${shown}` };
}

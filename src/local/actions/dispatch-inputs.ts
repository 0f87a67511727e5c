import type { Json, JsonObject } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { InputDefinition } from './workflow.ts';

// GitHub's limits for workflow_dispatch.
const INPUTS_MAX = 25;
const INPUT_CHARACTERS_MAX = 65_535;

/** Inputs as `github.event.inputs` has them (text) and as `inputs` has them (typed). */
export interface ResolvedInputs {
  readonly text: Readonly<Record<string, string>>;
  readonly typed: JsonObject;
}

/** Check what a caller sent against the declared inputs; the refusal is GitHub's sentence. */
export function resolveDispatchInputs(
  declared: readonly InputDefinition[],
  given: Readonly<Record<string, unknown>>,
): Result<ResolvedInputs, string> {
  const unexpected = Object.keys(given).filter((name) => !declared.some((i) => i.name === name));
  if (unexpected.length > 0)
    return refuse(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  if (Object.keys(given).length > INPUTS_MAX)
    return refuse(`The number of inputs must not exceed ${INPUTS_MAX}`);
  const text: Record<string, string> = {};
  const typed: Record<string, Json> = {};
  for (const input of declared) {
    const resolved = resolveOne(input, given[input.name]);
    if (!resolved.ok) return resolved;
    text[input.name] = resolved.value.text;
    typed[input.name] = resolved.value.typed;
  }
  if (Object.values(text).join('').length > INPUT_CHARACTERS_MAX)
    return refuse('inputs are too large.');
  return ok({ text, typed });
}

function resolveOne(input: InputDefinition, given: unknown) {
  const value = given ?? input.fallback;
  if (input.required && (value === undefined || value === ''))
    return refuse(`Required input '${input.name}' not provided`);
  if (typeof value === 'object' && value !== null)
    return refuse(`Provided value for input '${input.name}' is not a string`);
  const text = value === undefined || value === null ? emptyOf(input) : String(value);
  const typed = typeInput(input, text);
  return typed === undefined
    ? refuse(
        `Provided value '${text.slice(0, 80)}' for input '${input.name}' not in the list of allowed values`,
      )
    : ok({ text, typed });
}

function emptyOf(input: InputDefinition): string {
  if (input.type === 'boolean') return 'false';
  if (input.type === 'choice') return input.options[0] ?? '';
  return '';
}

function typeInput(input: InputDefinition, text: string): Json | undefined {
  if (input.type === 'boolean')
    return text === 'true' ? true : text === 'false' ? false : undefined;
  if (input.type === 'number') return Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (input.type === 'choice') return input.options.includes(text) ? text : undefined;
  return text;
}

/** Check evaluated `with:` values against a called workflow's inputs. */
export function resolveCallInputs(
  declared: readonly InputDefinition[],
  given: JsonObject,
): Result<JsonObject, string> {
  const unknown = Object.keys(given).find((name) => !declared.some((i) => i.name === name));
  if (unknown !== undefined)
    return refuse(`Invalid input, ${unknown} is not defined in the referenced workflow.`);
  const typed: Record<string, Json> = {};
  for (const input of declared) {
    const value = given[input.name] ?? input.fallback;
    if (input.required && given[input.name] === undefined)
      return refuse(`Input ${input.name} is required, but not provided while calling.`);
    const text = value === undefined || value === null ? emptyCallInput(input) : String(value);
    const read = typeInput(input, text);
    if (read === undefined)
      return refuse(`Input ${input.name}: expected a ${input.type}, got "${text.slice(0, 80)}"`);
    typed[input.name] = read;
  }
  return ok(typed);
}

function emptyCallInput(input: InputDefinition): string {
  return input.type === 'boolean' ? 'false' : input.type === 'number' ? '0' : '';
}

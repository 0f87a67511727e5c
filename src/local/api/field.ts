import { HttpError } from './route.ts';

type Body = Readonly<Record<string, unknown>>;

/** GitHub's own bounds, in characters. */
export const TITLE_CHARS_MAX = 256;
export const TEXT_CHARS_MAX = 65_536;

/** GitHub's 422 for one field. */
export function invalid(field: string, code: string, message?: string): HttpError {
  const detail = message === undefined ? { code, field } : { code, field, message };
  return new HttpError(422, 'Validation Failed', [{ resource: 'Resource', ...detail }]);
}

/** An optional text; null counts as absent. */
export function optionalText(body: Body, field: string, charsMax = TEXT_CHARS_MAX) {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(field, 'invalid', `${field} is not a string.`);
  if (value.length > charsMax)
    throw invalid(field, 'custom', `${field} is too long (maximum is ${charsMax} characters)`);
  return value;
}

/** A text that must be there and not be empty. */
export function requiredText(body: Body, field: string, charsMax = TEXT_CHARS_MAX): string {
  const value = optionalText(body, field, charsMax);
  if (value === undefined || value === '') throw invalid(field, 'missing_field');
  return value;
}

/** A text that must be there, where GitHub checks a body against its description first: its words. */
export function suppliedText(body: Body, field: string): string {
  const value = optionalText(body, field, Number.POSITIVE_INFINITY);
  if (value !== undefined) return value;
  throw new HttpError(422, `Invalid request.\n\n"${field}" wasn't supplied.`);
}

/** An optional word out of a list. */
export function optionalWord<W extends string>(
  body: Body,
  field: string,
  words: readonly W[],
): W | undefined {
  const value = optionalText(body, field);
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined)
    throw invalid(field, 'invalid', `${field} must be one of ${words.join(', ')}.`);
  return found;
}

/** An optional whole number. */
export function optionalNumber(body: Body, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw invalid(field, 'invalid', `${field} is not an integer.`);
  return value;
}

/** An optional yes or no. */
export function optionalFlag(body: Body, field: string): boolean | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(field, 'invalid', `${field} is not a boolean.`);
  return value;
}

/** An optional list of texts, at most 100 of them. */
export function optionalTexts(body: Body, field: string): readonly string[] | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > 100) throw invalid(field, 'invalid');
  return value.map((item) => {
    if (typeof item === 'string' && item.length <= 1000) return item;
    throw invalid(field, 'invalid');
  });
}

/** An optional object; undefined when absent. */
export function optionalObject(body: Body, field: string): Body | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(field, 'invalid');
  return value as Record<string, unknown>;
}

/** A path parameter that must be a positive whole number; 404 otherwise, as GitHub answers. */
export function numberParam(params: Readonly<Record<string, string>>, name: string): number {
  const text = params[name] ?? '';
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new HttpError(404, 'Not Found');
  return Number(text);
}

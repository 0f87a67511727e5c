import type { Json, JsonObject } from '#model/json.ts';

/** Reads a parsed YAML document and collects what is wrong with it instead of stopping at the first. */
export interface YamlReader {
  readonly problems: string[];
  object(value: Json | undefined, where: string): JsonObject;
  text(value: Json | undefined, where: string): string | undefined;
  textList(value: Json | undefined, where: string): readonly string[];
  textMap(value: Json | undefined, where: string): Readonly<Record<string, string>>;
  known(value: JsonObject, keys: readonly string[], where: string): void;
}

/** Whether a JSON value is an object and not a list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A reader with no problems yet. */
export function openYamlReader(): YamlReader {
  const problems: string[] = [];
  const wrong = (where: string, expected: string, value: Json | undefined) => {
    problems.push(`${where}: expected ${expected}, got ${describe(value)}`);
  };
  const text = (value: Json | undefined, where: string) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'object') wrong(where, 'text', value);
    return typeof value === 'object' ? undefined : String(value);
  };
  return {
    problems,
    text,
    object: (value, where) => {
      if (value === undefined || value === null) return {};
      if (isObject(value)) return value;
      wrong(where, 'a mapping', value);
      return {};
    },
    textList: (value, where) => {
      if (value === undefined || value === null) return [];
      if (!Array.isArray(value)) return [text(value, where) ?? ''];
      return value.map((item: Json, index) => text(item, `${where}[${index}]`) ?? '');
    },
    textMap: (value, where) => {
      if (value === undefined || value === null) return {};
      if (!isObject(value)) wrong(where, 'a mapping', value);
      const entries = isObject(value) ? Object.entries(value) : [];
      return Object.fromEntries(entries.map(([k, v]) => [k, text(v, `${where}.${k}`) ?? '']));
    },
    known: (value, keys, where) => {
      for (const key of Object.keys(value)) {
        if (!keys.includes(key)) problems.push(`${where}: unexpected key "${key}"`);
      }
    },
  };
}

function describe(value: Json | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'a mapping'
    : `${typeof value} ${JSON.stringify(value).slice(0, 80)}`;
}

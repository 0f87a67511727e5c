import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import type { Token } from '@actions/expressions/lexer';
import { Fault } from '#model/fault.ts';
import type { Json } from '#model/json.ts';

/** What an expression may see, and what its status functions answer. */
export interface ExpressionScope {
  readonly contexts: Readonly<Record<string, Json>>;
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
  readonly hashFiles: (patterns: readonly string[]) => string;
}

// Every context GitHub documents: one that is not given is empty, not unknown.
const CONTEXTS = [
  'github',
  'env',
  'vars',
  'job',
  'jobs',
  'steps',
  'runner',
  'secrets',
  'strategy',
  'matrix',
  'needs',
  'inputs',
];

const STATUS_FUNCTIONS = ['success', 'failure', 'cancelled', 'always'];

/** Evaluate the text between `${{` and `}}`. Throws `Fault('LOCAL_GITHUB')` when it is no expression. */
export function evaluateExpression(source: string, scope: ExpressionScope): Json {
  return toJson(evaluateTokens(lex(source), source, scope));
}

/**
 * Evaluate a template. A lone expression keeps its type; anything else becomes text, as on GitHub.
 * Throws `Fault('LOCAL_GITHUB')` on a malformed expression.
 */
export function evaluateTemplate(template: string, scope: ExpressionScope): Json {
  const parts = splitTemplate(template);
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'expression')
    return evaluateExpression(only.text, scope);
  return parts.map((part) => renderPart(part, scope)).join('');
}

/** A template as text. */
export function evaluateText(template: string, scope: ExpressionScope): string {
  return splitTemplate(template)
    .map((part) => renderPart(part, scope))
    .join('');
}

/** Evaluate every template inside a JSON value; keys of mappings stay as written. */
export function evaluateDeep(value: Json, scope: ExpressionScope): Json {
  if (typeof value === 'string') return evaluateTemplate(value, scope);
  if (Array.isArray(value)) return value.map((item: Json) => evaluateDeep(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, evaluateDeep(v, scope)]));
}

/**
 * Decide an `if:`. Without a status function the condition means `success() && (…)`.
 * Source docs.github.com, "Evaluate expressions", status check functions.
 */
export function evaluateCondition(condition: string | undefined, scope: ExpressionScope): boolean {
  const text = condition?.trim() ?? '';
  if (text === '') return scope.success;
  const parts = splitTemplate(text);
  const [only] = parts;
  const source = only?.kind === 'expression' && parts.length === 1 ? only.text : text;
  // Text around an expression makes a non-empty string, which is true: GitHub does the same.
  if (source === text && parts.some((part) => part.kind === 'expression'))
    return scope.success && evaluateText(text, scope) !== '';
  const tokens = lex(source);
  if (!asksForStatus(tokens) && !scope.success) return false;
  return isTruthy(toJson(evaluateTokens(tokens, source, scope)));
}

/** GitHub's truth: false, 0, NaN, the empty string and null are false. */
export function isTruthy(value: Json): boolean {
  return value !== null && value !== false && value !== '' && value !== 0;
}

interface Part {
  readonly kind: 'text' | 'expression';
  readonly text: string;
}

/** Split at `${{ }}`; a `}}` inside a quoted string does not end an expression. */
export function splitTemplate(template: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = template;
  for (let at = rest.indexOf('${{'); at >= 0; at = rest.indexOf('${{')) {
    const end = findEnd(rest, at + 3);
    if (end < 0)
      throw new Fault('LOCAL_GITHUB', `expected "}}" after "\${{" in ${quote(template)}`);
    if (at > 0) parts.push({ kind: 'text', text: rest.slice(0, at) });
    parts.push({ kind: 'expression', text: rest.slice(at + 3, end).trim() });
    rest = rest.slice(end + 2);
  }
  if (rest !== '') parts.push({ kind: 'text', text: rest });
  return parts;
}

function findEnd(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    if (!quoted && text.startsWith('}}', at)) return at;
  }
  return -1;
}

function renderPart(part: Part, scope: ExpressionScope): string {
  if (part.kind === 'text') return part.text;
  return evaluateTokens(lex(part.text), part.text, scope).coerceString();
}

function lex(source: string): Token[] {
  try {
    return new Lexer(source).lex().tokens.map(repairString);
  } catch (cause) {
    throw unreadable(`cannot read the expression ${quote(source)}`, cause);
  }
}

// The lexer of 0.3.61 unescapes only the first '' of a string, so the token is read again here.
function repairString(token: Token): Token {
  if (typeof token.value !== 'string' || !token.lexeme.startsWith("'")) return token;
  return { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") };
}

function asksForStatus(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token, at) =>
      STATUS_FUNCTIONS.includes(token.lexeme.toLowerCase()) && tokens[at + 1]?.lexeme === '(',
  );
}

function evaluateTokens(tokens: Token[], source: string, scope: ExpressionScope) {
  const functions = statusFunctions(scope);
  try {
    const tree = new Parser(tokens, CONTEXTS, functions).parse();
    const named = new Map(
      functions.map((definition) => [definition.name.toLowerCase(), definition]),
    );
    return new Evaluator(tree, usedContexts(tokens, scope), named).evaluate();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(`cannot evaluate ${quote(source)}: ${why}`, cause);
  }
}

// Converting an event payload is the dear part, so only the contexts that are named are converted.
function usedContexts(tokens: readonly Token[], scope: ExpressionScope) {
  const used = new Set(tokens.map((token) => token.lexeme.toLowerCase()));
  const pairs = CONTEXTS.filter((name) => used.has(name)).map((name) => ({
    key: name,
    value: toData(scope.contexts[name] ?? {}),
  }));
  return new data.Dictionary(...pairs);
}

function statusFunctions(scope: ExpressionScope): FunctionDefinition[] {
  const answer = (name: string, value: boolean) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  });
  return [
    answer('success', scope.success),
    answer('failure', scope.failure),
    answer('cancelled', scope.cancelled),
    answer('always', true),
    {
      name: 'hashFiles',
      minArgs: 1,
      maxArgs: 255,
      call: (...patterns) =>
        new data.StringData(scope.hashFiles(patterns.map((each) => each.coerceString()))),
    },
  ];
}

function toData(value: Json): data.ExpressionData {
  return JSON.parse(JSON.stringify(value), data.reviver);
}

function toJson(value: data.ExpressionData): Json {
  return JSON.parse(JSON.stringify(value, data.replacer));
}

function unreadable(message: string, cause: unknown): Fault {
  return new Fault('LOCAL_GITHUB', message, { cause });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

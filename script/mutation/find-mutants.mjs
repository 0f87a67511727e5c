// Finds the single checks in a TypeScript source, and what it would be without each of them.
import { parseSync } from '@swc/core';

/**
 * Every source with one check taken out: a condition that refuses, one operand of it, an element of a
 * list of checks, an option of the token's verification, a member of a schema, an anchor of a pattern.
 *
 * @param {string} text TypeScript
 * @returns {{ line: number, what: string, text: string }[]}
 */
export function findMutants(text) {
  const bytes = Buffer.from(text);
  const tree = parseSync(text, { syntax: 'typescript', target: 'es2024' });
  // Spans count bytes through everything that was parsed before, from 1; comments may lead the file.
  const end = tree.body.at(-1).span.end;
  const shift = end - Buffer.byteLength(text.trimEnd());
  const mutants = [];
  const cut = ({ start, end: stop }, instead, kind) => {
    const [from, to] = [start - shift, stop - shift];
    const before = bytes.subarray(0, from).toString();
    const was = bytes.subarray(from, to).toString().replace(/\s+/g, ' ');
    mutants.push({
      line: before.split('\n').length,
      what: `${kind}: ${was.length > 90 ? `${was.slice(0, 90)}…` : was}`,
      text: before + instead + after(instead, bytes.subarray(to).toString()),
    });
  };
  visit(tree, { cut, isCheck: false });
  return mutants;
}

/** What is taken out of a list goes with its comma: a hole would fail where nothing is looked at. */
function after(instead, rest) {
  return instead === '' ? rest.replace(/^\s*,/, '') : rest;
}

/** @param {object} node @param {{ cut: Function, isCheck: boolean }} at */
function visit(node, at) {
  if (Array.isArray(node)) {
    for (const one of node) visit(one, at);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const inside = isNamedCheck(node) ? { ...at, isCheck: true } : at;
  (byType[node.type] ?? (() => {}))(node, inside);
  for (const [key, value] of Object.entries(node)) if (key !== 'span') visit(value, inside);
}

/** `checkRun`, and the pairs that a check walks through. */
function isNamedCheck({ type, identifier, id }) {
  const name = type === 'FunctionDeclaration' ? identifier.value : (id?.value ?? '');
  return (
    (type === 'FunctionDeclaration' && /^(?:check|authorize)/.test(name)) ||
    (type === 'VariableDeclarator' && name === 'pairs')
  );
}

const byType = {
  IfStatement: ({ test, consequent, alternate }, { cut }) => {
    if (!alternate && leaves(consequent)) without(test, accepts(consequent), cut);
  },
  ConditionalExpression: ({ test, consequent, alternate }, { cut }) => {
    const [first, second] = [consequent, alternate].map(refuses);
    if (first !== second) without(test, second, cut);
  },
  ArrayExpression: ({ elements }, { cut, isCheck }) => {
    if (!isCheck) return;
    for (const { spread, expression } of elements) {
      const span = spread ? { ...expression.span, start: spread.start } : expression.span;
      if (isOneCheck(expression)) cut(span, '', 'element');
    }
  },
  CallExpression: ({ callee, arguments: given }, { cut }) => {
    const name = callee.value ?? callee.property?.value;
    const object = given.at(-1)?.expression;
    if (object?.type !== 'ObjectExpression') return;
    if (name === 'jwtVerify') dropOptions(object, cut);
    if (name === 'object' || name === 'strictObject') loosen(object, cut);
  },
  RegExpLiteral: ({ pattern, span }, { cut }) => {
    // `/` and the pattern; a bracket after the sign means that it belongs to a group.
    const first = { start: span.start + 1, end: span.start + 2 };
    const last = { start: first.start + pattern.length - 1, end: first.start + pattern.length };
    if (pattern.startsWith('^')) cut(first, '', `anchor ^ of ${pattern}`);
    if (pattern.endsWith('$')) cut(last, '', `anchor $ of ${pattern}`);
  },
};

/** The whole condition, and each operand of it, as if it never refused. */
function without(test, accepting, cut) {
  cut(test.span, String(accepting), 'condition');
  const joint = accepting ? '&&' : '||';
  const operands = (node) =>
    node.type === 'ParenthesisExpression'
      ? operands(node.expression)
      : node.type === 'BinaryExpression' && node.operator === joint
        ? [...operands(node.left), ...operands(node.right)]
        : [node];
  const all = operands(test);
  if (all.length > 1) for (const one of all) cut(one.span, String(accepting), 'operand');
}

/** A statement that ends the function, or the round: what comes after it is for what passed. */
function leaves(statement) {
  const last = statement.type === 'BlockStatement' ? statement.stmts.at(-1) : statement;
  return ['ReturnStatement', 'ThrowStatement', 'ContinueStatement'].includes(last?.type);
}

/** `return ok(…)`: here the condition lets through. */
function accepts(statement) {
  const last = statement.type === 'BlockStatement' ? statement.stmts.at(-1) : statement;
  return last.argument?.type === 'CallExpression' && last.argument.callee.value === 'ok';
}

const refusing = ['refuse', 'brokerRefusal', 'invalid', 'wrong'];

function refuses(node) {
  return node.type === 'CallExpression' && refusing.includes(node.callee.value);
}

/** A call of `equal`, a check as an object, a pair of names and values, or a list of those. */
function isOneCheck({ type, callee }) {
  return type === 'ObjectExpression' || type === 'ArrayExpression' || Boolean(callee);
}

function dropOptions({ properties }, cut) {
  for (const property of properties) {
    const { key, value } = property;
    if (value?.type === 'ArrayExpression' && value.elements.length > 1) {
      for (const { expression } of value.elements) cut(expression.span, '', `${key.value}`);
    }
    // A shorthand member is an identifier, whose value is its name.
    const span = key ? { start: key.span.start, end: value.span.end } : property.span;
    cut(span, '', 'option');
  }
}

function loosen({ properties }, cut) {
  for (const property of properties) {
    const { key, value } = property;
    if (property.type === 'Identifier') {
      cut(property.span, `${property.value}: z.any().optional()`, `member ${property.value}`);
    } else if (value?.span) cut(value.span, 'z.any().optional()', `member ${key.value}`);
  }
}

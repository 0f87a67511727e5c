import type { Element, Nodes, Parents, Root, RootContent } from 'hast';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { Html, html } from './html.ts';

/** Where relative things point to. */
export interface MarkdownContext {
  /** `/owner/repo`, for `#12` and commit ids. */
  readonly repositoryPath: string;
  /** Comments break lines where they were typed; files do not. */
  readonly breaks: boolean;
}

/** A comment is at most 65,536 characters, a README may be longer: more is not shown. */
const TEXT_CHARS_MAX = 200_000;
/** Blocks and marks inside each other: more than this is text, or a hostile comment takes minutes. */
const DEPTH_MAX = 40;

/** The marks of one block are matched with each other: more work than this takes seconds. */
const PAIRS_MAX = 4_000_000;

/** GitHub's own rules for what may be in a comment: `defaultSchema` of rehype-sanitize is a copy of them. */
const schema = {
  ...defaultSchema,
  protocols: { ...defaultSchema.protocols, src: ['http', 'https'] },
};

/** GitHub-flavoured Markdown of people and agents as safe HTML. What cannot be read is shown as text. */
export function renderMarkdown(text: string, context: MarkdownContext): Html {
  const shown = text.slice(0, TEXT_CHARS_MAX);
  if (nesting(shown) > DEPTH_MAX || pairs(shown) > PAIRS_MAX) return html`<pre>${shown}</pre>`;
  const processor = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(rehypeRaw)
    .use(rehypeSanitize, schema)
    .use(() => (tree: Root) => linkReferences(tree, context))
    .use(rehypeStringify);
  return new Html(String(processor.processSync(shown)));
}

/** The deepest line of quotes and lists, and the longest run of brackets or tags that could nest. */
function nesting(text: string): number {
  let deepest = 0;
  for (const line of text.split('\n')) {
    const [lead = ''] = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*/.exec(line) ?? [];
    deepest = Math.max(deepest, lead.replace(/[^>*+.)-]/g, '').length);
  }
  const opened = Math.max(...['[', '*', '_', '<', '~'].map((sign) => longestRun(text, sign)));
  return Math.max(deepest, opened / 25);
}

/** How many marks there are to be matched with each other, block by block. */
function pairs(text: string): number {
  const marks = text.split(/\n[ \t]*\n/).map((block) => block.match(/[*_~[\]<`]/g)?.length ?? 0);
  return marks.reduce((sum, count) => sum + count ** 2, 0);
}

/** How often one sign is repeated with nothing but markup between. */
function longestRun(text: string, sign: string): number {
  const runs = text.match(new RegExp(`(?:\\${sign}[a-z!/>\\s]{0,12}){2,}`, 'gi')) ?? [];
  return Math.max(0, ...runs.map((run) => run.split(sign).length - 1));
}

/** What GitHub turns into links inside a text: `#12`, `owner/repo#12`, `@login`, commit ids, addresses. */
const REFERENCE =
  /(?<![\w/@#-])(?:(?<repo>[\w.-]+\/[\w.-]+)?#(?<number>\d{1,9})\b|@(?<login>[a-z\d](?:[a-z\d-]{0,38}))\b|(?<sha>[\da-f]{7,40})(?![\w-]))/gi;

/** Elements whose text stays as it is. */
const LITERAL = ['a', 'code', 'pre', 'kbd'];

function linkReferences(node: Parents, context: MarkdownContext): void {
  const children = node.children as RootContent[];
  const replaced = children.flatMap((child): RootContent[] => {
    if (child.type === 'element' && !LITERAL.includes(child.tagName))
      linkReferences(child, context);
    return child.type === 'text' ? splitText(child.value, context, isInline(node)) : [child];
  });
  node.children = replaced as typeof node.children;
}

/** Line breaks between blocks are layout; inside of them they were typed. */
function isInline(node: Nodes): boolean {
  return (
    node.type === 'element' &&
    ['p', 'li', 'td', 'th', 'em', 'strong', 'del', 'summary'].includes(node.tagName)
  );
}

function splitText(text: string, context: MarkdownContext, isTyped: boolean): RootContent[] {
  const parts: RootContent[] = [];
  let at = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const href = target(match.groups ?? {}, context);
    if (href === undefined) continue;
    parts.push(...lines(text.slice(at, match.index), context.breaks && isTyped));
    parts.push(element('a', { href }, [{ type: 'text', value: match[0] }]));
    at = match.index + match[0].length;
  }
  parts.push(...lines(text.slice(at), context.breaks && isTyped));
  return parts;
}

function target(
  groups: Readonly<Record<string, string | undefined>>,
  { repositoryPath }: MarkdownContext,
): string | undefined {
  const { repo, number, login, sha } = groups;
  if (number !== undefined)
    return `${repo === undefined ? repositoryPath : `/${repo}`}/issues/${number}`;
  if (login !== undefined) return `/${login}`;
  // A number or a word is no commit.
  return sha !== undefined && /\d/.test(sha) && /[a-f]/i.test(sha)
    ? `${repositoryPath}/commit/${sha}`
    : undefined;
}

function lines(text: string, breaks: boolean): RootContent[] {
  if (text === '') return [];
  if (!breaks || !text.includes('\n')) return [{ type: 'text', value: text }];
  return text
    .split('\n')
    .flatMap((line, index): RootContent[] => [
      ...(index === 0 ? [] : [element('br', {}, [])]),
      { type: 'text', value: line },
    ]);
}

function element(
  tagName: string,
  properties: Element['properties'],
  children: Element['children'],
): Element {
  return { type: 'element', tagName, properties, children };
}

import type { Repository } from '#local/record/repository.ts';
import { isAtLeast } from '../api/access.ts';
import { renderMarkdown } from '../page/render-markdown.ts';
import type { GraphqlCall } from './graphql-call.ts';

/** What people wrote: an issue's, a pull request's or a comment's text. */
export interface WrittenText {
  readonly body: string;
  readonly authorId: number;
  /** Its page, as in `http://…/acme/shop/issues/1`. */
  readonly url: string;
}

/** A text in its forms, and what the viewer may do with it. */
export function viewText(call: GraphqlCall, repository: Repository, text: WrittenText) {
  const { world, principal } = call;
  const path = text.url.slice(world.urls.server.length);
  const context = { repositoryPath: `/${world.fullName(repository)}`, breaks: true };
  const isAuthor = principal.kind === 'user' && principal.user.id === text.authorId;
  const role = principal.kind === 'user' ? world.roleOf(repository, principal.user.id) : 'write';
  const mayUpdate = isAuthor || isAtLeast(role, 'triage');
  return {
    body: text.body,
    bodyText: text.body,
    bodyHTML: () => renderMarkdown(text.body, context).text,
    bodyResourcePath: path,
    bodyUrl: text.url,
    createdViaEmail: false,
    editor: null,
    resourcePath: path,
    url: text.url,
    viewerCanDelete: isAtLeast(role, 'admin'),
    viewerCanMinimize: isAtLeast(role, 'write'),
    viewerCanReact: role !== 'none',
    viewerCanUpdate: mayUpdate,
    viewerCannotUpdateReasons: mayUpdate ? [] : ['INSUFFICIENT_ACCESS'],
    viewerDidAuthor: isAuthor,
  };
}

import type { Stage } from './journey.ts';
import { fullName } from './journey.ts';
import { people } from './shop.ts';

/** How a person can play on: everything that is printed works as it stands. */
export function renderInvitation(stage: Stage): readonly string[] {
  const { urls, tokens } = stage.factory.github;
  const repository = fullName(stage);
  const token = (login: string) => tokens[login] ?? '';
  const { maintainer, reviewer } = people;
  return [
    '',
    'It stays up; ctrl-C ends it. Look, and play:',
    `  pages         ${stage.factory.app.url}/runs`,
    `  pull requests ${urls.server}/${repository}`,
    '',
    `Review as the reviewer, then merge as the maintainer: sign in at ${urls.server}/login with their token,`,
    'or do it from here (pull request N, its head SHA):',
    `  curl -H 'Authorization: Bearer ${token(reviewer.login)}' -d '{"event":"APPROVE","commit_id":"SHA"}' ${urls.rest}/repos/${repository}/pulls/N/reviews`,
    `  curl -X PUT -H 'Authorization: Bearer ${token(maintainer.login)}' -d '{"sha":"SHA"}' ${urls.rest}/repos/${repository}/pulls/N/merge`,
    '',
    'Or with gh:',
    `  export GH_HOST=github.localhost GH_TOKEN=${token(maintainer.login)} HTTP_PROXY=${urls.origin}`,
    `  gh issue create -R ${repository} --title "…" --body "…"; gh issue edit N -R ${repository} --add-label sallyport`,
    `  gh pr view N -R ${repository} --comments; gh pr merge N -R ${repository} --squash`,
  ];
}
